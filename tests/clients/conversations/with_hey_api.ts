// The main conversation in TypeScript, over clients made by @hey-api/openapi-ts: prints what happened, step by step.
// Arguments: the addresses of books, members and loans, and what shall be different in each conversation.

import { client as atBooks } from './books/client.gen.js';
import { addBook, addCopy, exportBooks, getImport, listBooks, startImport } from './books/sdk.gen.js';
import { client as atLoans } from './loans/client.gen.js';
import { checkOutCopy, placeHold, returnCopy } from './loans/sdk.gen.js';
import { client as atMembers } from './members/client.gen.js';
import { enrolMember, getToken } from './members/sdk.gen.js';

const [books, members, loans, mark] = process.argv.slice(2) as [string, string, string, string];
const print = (...words: unknown[]) => console.log(words.join(' '));

atMembers.setConfig({ baseUrl: members });
const { data: signedIn } = await getToken({
  body: {
    grant_type: 'password',
    username: 'librarian@library.example',
    password: 'librarian-demo-password',
  },
  throwOnError: true,
});
const auth = () => signedIn.access_token;
atBooks.setConfig({ baseUrl: books, auth });
atMembers.setConfig({ baseUrl: members, auth });
atLoans.setConfig({ baseUrl: loans, auth });

const title = `The Trial ${mark}`;
const { data: book } = await addBook({ body: { title, authors: ['Franz Kafka'] }, throwOnError: true });
print('book', book.title === title, book.availability.copies);
const { data: copy } = await addCopy({
  path: { book_id: book.book_id },
  body: { barcode: `copy-${mark}`, branch: 'MAIN' },
  throwOnError: true,
});
print('copy', copy.availability);

const cards: string[] = [];
for (const number of [0, 1]) {
  const { data: member } = await enrolMember({
    body: { name: 'Josef K.', email: `${number}-${mark}@readers.example`, category: 'adult' },
    throwOnError: true,
  });
  cards.push(member.card_number);
}
print('members', new Set(cards).size);

const asked = (card: string) => ({ copy_barcode: copy.barcode, card_number: card, branch: 'MAIN' });
const once = { 'Idempotency-Key': `lend-${mark}` };
const { data: loan } = await checkOutCopy({ body: asked(cards[0]!), headers: once, throwOnError: true });
const again = await checkOutCopy({ body: asked(cards[0]!), headers: once, throwOnError: true });
const late = new Date(loan.due_at) > new Date(loan.checked_out_at);
print('loan', loan.status, late, again.response.headers.get('Idempotency-Replayed'));
const refused = await checkOutCopy({ body: asked(cards[1]!) });
print('refused', refused.response!.status, refused.error!.code, refused.error!.errors.map((each) => each.code));

const { data: hold } = await placeHold({
  body: { book_id: book.book_id, card_number: cards[1]!, pickup_branch: 'MAIN' },
  throwOnError: true,
});
print('hold', hold.status, hold.position);
const { data: returned } = await returnCopy({
  body: { copy_barcode: copy.barcode, branch: 'MAIN' },
  throwOnError: true,
});
print('returned', returned.next, returned.loan?.loan_id === loan.loan_id);

const { data: first } = await listBooks({ query: { limit: 2 }, throwOnError: true });
const { data: second } = await listBooks({
  query: { limit: 2, cursor: first.next_cursor! },
  throwOnError: true,
});
print('pages', new Set([...first.items, ...second.items].map((each) => each.book_id)).size);

const { data: started } = await startImport({
  query: { format: 'csv' },
  body: new Blob([`title,authors\nThe Castle ${mark},Franz Kafka\n`]),
  throwOnError: true,
});
let found = started;
for (let tries = 0; tries < 100 && !['done', 'failed'].includes(found.state); tries += 1) {
  await new Promise((resume) => setTimeout(resume, 100));
  found = (await getImport({ path: { import_id: started.import_id }, throwOnError: true })).data;
}
print('imported', found.state, found.created);
for (const format of ['csv', 'json'] as const) {
  const { data: exported } = await exportBooks({ query: { format }, throwOnError: true });
  print('exported', format, (await exported.text()).includes(`The Castle ${mark}`));
}
