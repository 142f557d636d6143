// A few steps in TypeScript with openapi-fetch, over the types that openapi-typescript made: prints what happened.
// Arguments: the addresses of books, members and loans.

import createClient from 'openapi-fetch';
import type { paths as Books } from './books.js';
import type { paths as Loans } from './loans.js';
import type { paths as Members } from './members.js';

const [books, members, loans] = process.argv.slice(2) as [string, string, string];

const { data: signedIn } = await createClient<Members>({ baseUrl: members }).POST('/v1/auth/token', {
  body: {
    grant_type: 'password',
    username: 'librarian@library.example',
    password: 'librarian-demo-password',
  },
  headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  bodySerializer: (form) => new URLSearchParams(form as Record<string, string>),
});
const headers = { Authorization: `Bearer ${signedIn!.access_token}` };
const { data: found } = await createClient<Books>({ baseUrl: books }).GET('/v1/books', {
  params: { query: { q: 'dracula', limit: 1 } },
});
console.log('found', found!.items.length, found!.next_cursor === null || found!.next_cursor.length > 0);

const { data: lent, error } = await createClient<Loans>({ baseUrl: loans, headers }).POST('/v1/loans', {
  body: { copy_barcode: 'no-such-copy', card_number: 'no-such-card' },
});
console.log('refused', lent === undefined, error!.status, error!.errors.map(({ code }) => code).join(' '));
