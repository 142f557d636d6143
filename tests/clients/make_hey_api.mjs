// Makes a client in TypeScript from a document: node make_hey_api.mjs DOCUMENT FOLDER
import { createClient } from '@hey-api/openapi-ts';

const [input, path] = process.argv.slice(2);
await createClient({
  input,
  output: { path, importFileExtension: '.js' }, // for Node, which wants the whole name
  plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'],
});
