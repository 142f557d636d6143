// Makes clients in TypeScript from documents: node make_hey_api.mjs FOLDER DOCUMENT...
import { basename } from 'node:path';
import { createClient } from '@hey-api/openapi-ts';

const [folder, ...documents] = process.argv.slice(2);
for (const input of documents) {
  const service = basename(input).split('.')[0];
  console.log(`== ${service}`);
  await createClient({
    input,
    output: { path: `${folder}/${service}/${service}`, importFileExtension: '.js' }, // for Node, which wants the whole name
    plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'],
  });
}
