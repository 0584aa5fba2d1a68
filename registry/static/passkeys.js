/* Asks the browser for a passkey and sends what it answers: the options stand in the form. */
(async () => {
  const form = document.getElementById("passkey");
  const options = JSON.parse(form.dataset.options);
  const creating = form.dataset.kind === "create";
  try {
    const credential = creating
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    const answer = credential.toJSON();
    // The server keeps what the browser says of a new passkey as text.
    answer.extensions = JSON.stringify(credential.getClientExtensionResults());
    form.elements.credential.value = JSON.stringify(answer);
    form.submit();
  } catch {
    form.querySelector("[data-waiting]").hidden = true;
    form.querySelector("[data-failed]").hidden = false;
  }
})();
