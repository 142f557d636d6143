// Prints what the official parser has to say of documents: node read_asyncapi.mjs DOCUMENT …
import { readFileSync } from 'node:fs';
import { Parser } from '@asyncapi/parser';

for (const name of process.argv.slice(2)) {
  const { document, diagnostics } = await new Parser().parse(readFileSync(name, 'utf8'));
  if (!document) console.log(`${name}: not readable`);
  for (const { severity, path, message } of diagnostics) console.log(`${severity} ${path.join('.')}: ${message}`);
}
