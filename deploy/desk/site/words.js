// What the page says, in each language. A refusal that is not listed is shown in the words of the service itself.

const ENGLISH = {
  title: "Library desk", skip: "Go to the scan field", views: "Desk", lend: "Lend", return: "Return", pull: "Pull list",
  search: "Search", branch: "Branch", language: "Language", sign_in: "Sign in", sign_out: "Sign out", welcome: "Welcome",
  welcome_text: "Sign in to lend and take back, to fetch what is waited for, and to search.",
  services: "The services", services_text: "Each has its own Swagger UI, for everything else.",
  books: "Books: what the library owns", members: "Members: who may use it", loans: "Loans: who has what until when",
  card: "Card", copy: "Copy", words: "Words", look_up: "Look up", next_member: "Next member (Esc)",
  pull_text: "Fetch these from the shelf, and scan them under Return.",
  own_branch: "Each copy's own", signed_in: "Signed in", not_a_desk: "This account may not work at a desk. Sign in with one of the staff.",
  sign_in_failed: "Signing in did not work: {why}", signed_out_meanwhile: "You were signed out. Sign in again.",
  no_answer: "The library does not answer. Is the network there? Try again: nothing is done twice.",
  try_again: "Try again", asking_again: "No answer yet. The desk goes on asking …",
  lending: "Lending …", renewing: "Renewing …", taking_back: "Taking back …", looking_up: "Looking up the card …",
  nobody_known: "Nobody yet", not_shown: "What is on loan cannot be shown",
  for_member: "For {name}", seen: "Seen", gone_under_way: "{name} has left. Still under way: {count}. What comes of it is shown below.",
  gone_trouble: "{name} has left. Not done: {count}.", gone_done: "{name} has left. All is done.",
  stay: "Still under way: {count}. Sign out in a moment, when all is done.",
  scanned_here: "{code} was scanned where nothing is scanned, and nothing was done with it. Go to Lend or Return, and scan it again.",
  settings: "Settings", state: "Now", requested: "to be pulled", on_loan: "on loan", on_hold_shelf: "on the hold shelf",
  in_transit: "on its way", unavailable: "not available",
  nobody: "No member has the card {card}.", lent: "Lent until {due}", until_time: "{day}, {time}",
  not_lent: "Not lent", not_done: "Not done", renewed: "Renewed until {due}", not_renewed: "Not renewed", renew: "Renew",
  override: "Lend all the same", why: "Reason", overridden: "Lent against: {codes}",
  next_shelf: "To the shelf", next_hold_shelf: "To the hold shelf", next_transit: "To {branch}", next_home: "To its own branch",
  pickup_until: "Waits for its reader until {day}", was_not_lent: "It was not on loan.", late_fine: "Charged: {amount}",
  put_aside: "Put it aside", member_until: "{category}, member until {day}", no_end: "{category}",
  may_collect: "may fetch what is held", may_pay: "pays",
  open_loans: "{count} on loan of {limit}", overdue: "{count} overdue", owed: "Owes {amount}", holds: "{count} holds",
  may_not: "May not borrow: {why}", on_loan_to: "On loan", item: "Title", barcode: "Barcode", due: "Due", renewals: "Renewals left",
  act: "Act", late: "late", shelf_mark: "Shelf mark", for_branch: "For", not_found: "Not on the shelf", none_to_pull: "Nothing to fetch in {branch}.",
  choose_branch: "Choose a branch above.", reported_missing: "Noted as missing: {title}", found_none: "Nothing found.",
  found_some: "{count} found", found_more: "{count} shown; there are more", authors: "Authors", year: "Year",
  available: "Available", of_copies: "{available} of {copies}", more: "More",
  without_card: "Without a card", wanted: "Name, telephone or e-mail", find: "Find", looking: "Looking for {words} …",
  matches_none: "Nobody is found for {words}. Type beginnings of the name, or a whole telephone number or e-mail address.",
  matches_some: "{count} found. Choose with the arrow keys and Enter.",
  matches_more: "{count} shown; there are more. Type more of the name, or choose with the arrow keys and Enter.",
  member_name: "Name", born: "Born", category: "Category", phone_end: "Telephone ends in",
  copy_first: "{code} is a copy. First say who borrows it.", note_of_copy: "On the copy: {text}", note_of_member: "On the member: {text}",
};

const FRENCH = {
  title: "Guichet de la bibliothèque", skip: "Aller au champ de lecture", views: "Guichet", lend: "Prêter", return: "Rendre",
  pull: "À chercher en rayon", search: "Chercher", branch: "Bibliothèque", language: "Langue", sign_in: "Se connecter",
  sign_out: "Se déconnecter", welcome: "Bienvenue",
  welcome_text: "Connectez-vous pour prêter et reprendre, chercher ce qui est attendu, et consulter le catalogue.",
  services: "Les services", services_text: "Chacun a son Swagger UI, pour tout le reste.",
  books: "Livres : ce que possède la bibliothèque", members: "Adhérents : qui peut s'en servir", loans: "Prêts : qui a quoi jusqu'à quand",
  card: "Carte", copy: "Exemplaire", words: "Mots", look_up: "Ouvrir", next_member: "Adhérent suivant (Échap)",
  pull_text: "Cherchez-les en rayon, puis lisez-les sous Rendre.",
  own_branch: "Celle de l'exemplaire", signed_in: "Connecté", not_a_desk: "Ce compte ne peut pas travailler au guichet. Connectez-vous avec un compte du personnel.",
  sign_in_failed: "La connexion a échoué : {why}", signed_out_meanwhile: "Vous avez été déconnecté. Connectez-vous de nouveau.",
  no_answer: "La bibliothèque ne répond pas. Le réseau est-il là ? Essayez encore : rien ne se fait deux fois.",
  try_again: "Essayer encore", asking_again: "Pas encore de réponse. Le guichet continue de demander …",
  lending: "Prêt en cours …", renewing: "Prolongation en cours …", taking_back: "Retour en cours …", looking_up: "Recherche de la carte …",
  nobody_known: "Encore personne", not_shown: "Les prêts ne peuvent pas être affichés",
  for_member: "Pour {name}", seen: "Vu", gone_under_way: "{name} est parti(e). Encore en cours : {count}. La suite est affichée ci-dessous.",
  gone_trouble: "{name} est parti(e). Pas fait : {count}.", gone_done: "{name} est parti(e). Tout est fait.",
  stay: "Encore en cours : {count}. Déconnectez-vous dans un instant, quand tout sera fait.",
  scanned_here: "{code} a été lu là où rien ne se lit, et rien n'en a été fait. Allez à Prêter ou Rendre, et lisez-le encore.",
  settings: "Réglages", state: "À présent", requested: "à chercher en rayon", on_loan: "en prêt", on_hold_shelf: "à l'étagère des réservations",
  in_transit: "en route", unavailable: "indisponible",
  nobody: "Aucun adhérent n'a la carte {card}.", lent: "Prêté jusqu'au {due}", until_time: "{day}, {time}",
  not_lent: "Pas prêté", not_done: "Pas fait", renewed: "Prolongé jusqu'au {due}", not_renewed: "Pas prolongé", renew: "Prolonger",
  override: "Prêter quand même", why: "Raison", overridden: "Prêté malgré : {codes}",
  next_shelf: "En rayon", next_hold_shelf: "À l'étagère des réservations", next_transit: "Vers {branch}", next_home: "Vers sa bibliothèque",
  pickup_until: "Attend son lecteur jusqu'au {day}", was_not_lent: "Il n'était pas prêté.", late_fine: "Facturé : {amount}",
  put_aside: "À mettre de côté", member_until: "{category}, adhérent jusqu'au {day}", no_end: "{category}",
  may_collect: "peut retirer ce qui est mis de côté", may_pay: "paie",
  open_loans: "{count} en prêt sur {limit}", overdue: "{count} en retard", owed: "Doit {amount}", holds: "{count} réservations",
  may_not: "Ne peut pas emprunter : {why}", on_loan_to: "En prêt", item: "Titre", barcode: "Code-barres", due: "À rendre", renewals: "Prolongations",
  act: "Action", late: "en retard", shelf_mark: "Cote", for_branch: "Pour", not_found: "Pas en rayon", none_to_pull: "Rien à chercher à {branch}.",
  choose_branch: "Choisissez une bibliothèque en haut.", reported_missing: "Noté manquant : {title}", found_none: "Rien trouvé.",
  found_some: "{count} trouvés", found_more: "{count} affichés ; il y en a d'autres", authors: "Auteurs", year: "Année",
  available: "Disponibles", of_copies: "{available} sur {copies}", more: "Suite",
  without_card: "Sans carte", wanted: "Nom, téléphone ou courriel", find: "Trouver", looking: "Recherche de {words} …",
  matches_none: "Personne n'est trouvé pour {words}. Tapez des débuts du nom, ou un numéro de téléphone ou un courriel entier.",
  matches_some: "{count} trouvés. Choisissez avec les flèches et Entrée.",
  matches_more: "{count} affichés ; il y en a d'autres. Tapez plus du nom, ou choisissez avec les flèches et Entrée.",
  member_name: "Nom", born: "Né(e) le", category: "Catégorie", phone_end: "Téléphone finit par",
  copy_first: "{code} est un exemplaire. Dites d'abord qui l'emprunte.", note_of_copy: "Sur l'exemplaire : {text}",
  note_of_member: "Sur l'adhérent : {text}",
};

const REFUSALS_IN_FRENCH = {
  "member-not-found": "Aucun adhérent n'a cette carte.", "card-replaced": "Cette carte a été remplacée.", "card-stopped": "Cette carte a été bloquée.",
  "copy-not-found": "Aucun exemplaire n'a ce code-barres.", "copy-on-loan": "Cet exemplaire est déjà prêté. Rendez-le d'abord.",
  "copy-held-for-other": "Cet exemplaire est réservé pour quelqu'un d'autre.", "copy-not-lendable": "Cet exemplaire ne se prête pas.",
  "membership-expired": "L'adhésion est terminée. Renouvelez-la.", "member-suspended": "L'adhérent est suspendu.",
  "member-blocked": "L'adhérent est bloqué.", "member-leaving": "L'adhérent part ; il peut seulement rendre.",
  "loan-limit-reached": "Il a déjà {open_loans} prêts, la limite est {limit}.", "item-type-limit-reached": "La limite pour ce genre de document est atteinte.",
  "shared-limit-reached": "La limite commune pour ces documents est atteinte.",
  "too-many-overdue": "Trop de prêts sont en retard.", "fines-owed": "Trop d'argent est dû.", "suspended-for-lateness": "Suspension pour retard.", "not-loanable-by-policy": "Le règlement ne prête pas ce document.",
  "invalid-due-date": "Cette date de retour n'est pas possible.", "override-forbidden": "Cela ne peut pas être passé outre.",
  "renewal-limit-reached": "Plus de prolongation possible.", "held-by-other": "Quelqu'un d'autre attend.",
  "too-overdue-to-renew": "Trop en retard pour être prolongé.", "renewal-changes-nothing": "La date ne changerait pas.",
  "loan-not-open": "Ce prêt est terminé.", "loan-lost": "Déclaré perdu.", "claimed-returned": "L'adhérent dit l'avoir rendu.",
  "neighbour-unavailable": "Un autre service ne répond pas. Réessayez dans un moment.", "unknown-branch": "Cette bibliothèque est inconnue.",
};

const NOTICES_IN_FRENCH = {
  missing: "Cet exemplaire était noté manquant. Il est remis en service.", lost: "Cet exemplaire était noté perdu. Il est remis en service.",
  on_order: "D'après le catalogue, cet exemplaire est en commande. Gardez-le pour qui s'occupe du fonds.",
  in_processing: "D'après le catalogue, cet exemplaire est en traitement. Gardez-le pour qui s'occupe du fonds.",
  reference_only: "D'après le catalogue, cet exemplaire est à consulter sur place. Gardez-le pour qui s'occupe du fonds.",
  in_repair: "D'après le catalogue, cet exemplaire est en réparation. Gardez-le pour qui s'occupe du fonds.",
  damaged: "D'après le catalogue, cet exemplaire est abîmé. Gardez-le pour qui s'occupe du fonds.",
  withdrawn: "D'après le catalogue, cet exemplaire est retiré. Gardez-le pour qui s'occupe du fonds.",
};

const LANGUAGES = { en: ENGLISH, fr: FRENCH };
const KEPT = "desk.language";
let language = choose();

function choose() {
  const wanted = [localStorage.getItem(KEPT), ...navigator.languages];
  return wanted.map((each) => (each || "").slice(0, 2)).find((each) => each in LANGUAGES) || "en";
}

const filled = (text, figures) => text.replace(/{(\w+)}/g, (whole, name) => figures[name] ?? whole);

/** Return the sentence of this name, with its figures filled in. */
export const word = (name, figures = {}) => filled(LANGUAGES[language][name] ?? name, figures);

/** Return the language that is spoken, such as `fr`. */
export const spoken = () => language;

/** Speak another language from now on, and after a reload. */
export function speak(chosen) {
  language = chosen;
  localStorage.setItem(KEPT, chosen);
  document.documentElement.lang = chosen;
  document.title = word("title");
  for (const each of document.querySelectorAll("[data-word]")) each.textContent = word(each.dataset.word);
  for (const each of document.querySelectorAll("[data-label]")) each.setAttribute("aria-label", word(each.dataset.label));
}

/** Return a refusal in words: the service's own, or ours where it is known in the language of the page. */
export function inWords(refusal) {
  const ours = language === "fr" ? REFUSALS_IN_FRENCH[refusal.code] : undefined;
  return ours === undefined ? refusal.detail : filled(ours, refusal);
}

/** Return likewise what the service tells the desk of a copy of this status. */
export const notice = (status, told) => (language === "fr" && NOTICES_IN_FRENCH[status]) || told;

/** Return the notes that came with an answer, a line each, but for those whose text is `shown` already. */
export const notes = (told = [], shown = []) =>
  told.filter(({ text }) => !shown.includes(text)).map(({ of, text }) => word(`note_of_${of}`, { text }));

/** Return the language as it is written where the browser is: `en-GB` or `en-US`. */
const written = () => navigator.languages.find((each) => each.startsWith(language)) ?? language;

/** Return the day of a moment, as it is counted in a time zone; a day without an hour is that day everywhere. */
export function day(time, zone) {
  const timeZone = time.includes("T") ? zone : "UTC";
  return new Date(time).toLocaleDateString(written(), { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone });
}

/** Return the day on which somebody was born. */
export const birthday = (date) =>
  new Date(date).toLocaleDateString(written(), { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });

/** Return a due date in a time zone: the day, and the hour where it is due within a day. */
export function dueDate(time, zone) {
  const due = new Date(time);
  const soon = due - Date.now() < 24 * 3600 * 1000;
  const hour = due.toLocaleTimeString(written(), { hour: "2-digit", minute: "2-digit", timeZone: zone });
  return soon ? word("until_time", { day: day(time, zone), time: hour }) : day(time, zone);
}

/** Return an amount of money that is given in minor units. */
export function money({ amount, currency }) {
  const shown = new Intl.NumberFormat(written(), { style: "currency", currency });
  return shown.format(amount / 10 ** shown.resolvedOptions().maximumFractionDigits);
}
