// Passkeys: a form with data-passkey="create" or "get" carries in data-options what the server asks of the browser (JSON of WebAuthn), and in its
// field "answer" takes what the authenticator says. It is hidden without scripts, and sent like any other form.

export function passkeys(): void {
	const key = (window as any).PublicKeyCredential
	if (!key?.parseCreationOptionsFromJSON) return
	document.querySelectorAll<HTMLFormElement>("form[data-passkey]").forEach(form => { form.hidden = false })
	document.addEventListener("submit", event => {
		const form = event.target as HTMLFormElement
		if (!form.dataset["passkey"] || form.dataset["asked"]) return
		event.preventDefault()
		void answer(form, key)
	})
}

async function answer(form: HTMLFormElement, key: any): Promise<void> {
	const options = JSON.parse(form.dataset["options"] ?? "{}")
	const asked = options.publicKey ?? options
	const fault = form.querySelector<HTMLElement>("[data-fault]")
	try {
		const credential: any = form.dataset["passkey"] === "create"
			? await navigator.credentials.create({ publicKey: key.parseCreationOptionsFromJSON(asked) })
			: await navigator.credentials.get({ publicKey: key.parseRequestOptionsFromJSON(asked) })
		const field = form.elements.namedItem("answer") as HTMLInputElement
		field.value = JSON.stringify(credential.toJSON())
		form.dataset["asked"] = "yes"
		form.submit()
	} catch {
		// The person closed the window of the browser, or has no such key: the form stays, and says so.
		if (fault) fault.hidden = false
	}
}
