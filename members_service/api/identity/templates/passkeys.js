"use strict";
// Passkeys need a script; whoever has none, or an older browser, signs in with the password.
(() => {
  const form = document.querySelector("form[data-passkeys]");
  const button = document.getElementById("passkey");
  const failed = document.getElementById("passkey-failed");
  const once = form?.elements.namedItem("once");
  if (!form || !button || !window.PublicKeyCredential?.parseRequestOptionsFromJSON) return;

  const options = JSON.parse(form.dataset.passkeys);
  let waiting = new AbortController();

  const submit = (credential) => {
    form.elements.namedItem("credential").value = JSON.stringify(credential.toJSON());
    form.submit();
  };
  const show = (mediation) => {
    waiting.abort();
    waiting = new AbortController();
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    return navigator.credentials.get({ publicKey, mediation, signal: waiting.signal });
  };
  const make = () => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    return navigator.credentials.create({ publicKey });
  };
  // The browser offers passkeys in the list of user names, without a window of its own.
  const offer = async () => {
    if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
    try {
      submit(await show("conditional"));
    } catch {
      // another way to sign in was taken
    }
  };

  button.addEventListener("click", async () => {
    if (form.dataset.makes && !form.reportValidity()) return;
    failed.hidden = true;
    try {
      submit(await (form.dataset.makes ? make() : show("optional")));
    } catch {
      failed.hidden = false;
      failed.textContent = failed.dataset.text;
      if (!form.dataset.makes && !once?.checked) offer();
    }
  });
  // On a computer that others use, too, no passkey of it is offered.
  once?.addEventListener("change", () => {
    button.hidden = once.checked;
    if (once.checked) waiting.abort();
    else offer();
  });
  button.hidden = Boolean(once?.checked);
  if (!form.dataset.makes && !once?.checked) offer();
})();
