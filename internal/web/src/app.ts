// What pages do beyond HTML, when scripts run. Nothing needs it: every page works without.
//
// data-live="results" on a form or a link's ancestor: the region with that id is replaced in place of loading the page.
// data-hints="/path" on a field: while the person types, the answer to /path?q=... appears in the element data-hints-for.
// data-copy="id" copies the text of an element. data-opens="id" opens a dialog. Both are hidden without scripts.
// data-live on a form with method post: a change asks its data-try for the region, with what the form holds, and keeps nothing.
// data-poll="5" on a region with an id: it is asked for again every five seconds, until it comes without.
// data-progress on a form with a file: the file is sent with a bar of progress, which is the form's progress element.
// data-passkey="create" or "get" on a form: see passkey.ts.
import { passkeys } from "./passkey"

const safe = (window as any).trustedTypes?.createPolicy("covey", { createHTML: (html: string) => html })
const parse = (html: string): Document => new DOMParser().parseFromString(safe ? safe.createHTML(html) : html, "text/html")

let asking: AbortController | undefined

// ask fetches a page of this server and puts its region into place. It keeps the focus and where the person reads.
async function ask(address: string, region: string, remember: boolean, body?: URLSearchParams): Promise<void> {
	const here = document.getElementById(region)
	if (!here) return location.assign(address)
	asking?.abort()
	asking = new AbortController()
	here.classList.add("busy")
	here.setAttribute("aria-busy", "true")
	try {
		const answer = await fetch(address, { method: body ? "POST" : "GET", body, headers: { "Covey-Part": region }, signal: asking.signal })
		if (body && !answer.ok) return // what is not yet right is told when the form is sent
		if (!answer.ok || answer.redirected) return location.assign(address)
		const page = parse(await answer.text())
		const there = page.getElementById(region)
		if (!there) return location.assign(address)
		const focused = document.activeElement instanceof HTMLElement && here.contains(document.activeElement) ? document.activeElement.id : ""
		const open = new Map([...here.querySelectorAll<HTMLDetailsElement>("details[id]")].map(d => [d.id, d.open]))
		there.querySelectorAll<HTMLDetailsElement>("details[id]").forEach(d => { d.open = open.get(d.id) ?? d.open })
		here.replaceWith(document.adoptNode(there))
		if (remember) history.pushState({ region }, "", address)
		if (focused) document.getElementById(focused)?.focus({ preventScroll: true })
		ready(there)
		say(there.dataset["said"] || there.querySelector("[data-said]")?.textContent || "")
	} catch (error) {
		if ((error as Error).name !== "AbortError" && !body) location.assign(address)
	} finally {
		here.classList.remove("busy")
		here.removeAttribute("aria-busy")
	}
}

// say tells screen readers something without moving them.
function say(text: string): void {
	let box = document.getElementById("said")
	if (!box) {
		box = document.createElement("p")
		box.id = "said"
		box.className = "unseen"
		box.setAttribute("role", "status")
		document.body.append(box)
	}
	box.textContent = text.trim().replace(/\s+/g, " ")
}

function addressOf(form: HTMLFormElement): string {
	const query = new URLSearchParams()
	for (const [name, value] of new FormData(form)) if (typeof value === "string" && value !== "") query.append(name, value)
	const text = query.toString()
	return form.action.split("?")[0] + (text ? "?" + text : "")
}

document.addEventListener("submit", event => {
	const form = event.target as HTMLFormElement
	const region = form.dataset["live"]
	if (!region || form.method !== "get") return
	event.preventDefault()
	void ask(addressOf(form), region, true)
})

document.addEventListener("change", event => {
	const field = event.target as HTMLInputElement
	const form = field.form
	if (form?.dataset["live"] && form.dataset["try"]) void ask(form.dataset["try"], form.dataset["live"], false, new URLSearchParams(new FormData(form) as any))
	if (form?.dataset["live"] && form.method === "get" && field.type !== "search" && field.type !== "text") form.requestSubmit()
})

document.addEventListener("click", event => {
	if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
	const target = event.target as Element
	const link = target.closest<HTMLAnchorElement>("a[href]")
	const region = link?.closest<HTMLElement>("[data-live]:not(form)")?.dataset["live"]
	if (link && region && link.origin === location.origin && link.pathname === location.pathname) {
		event.preventDefault()
		void ask(link.href, region, true)
		return
	}
	const button = target.closest<HTMLElement>("[data-copy], [data-opens]")
	if (button?.dataset["opens"]) (document.getElementById(button.dataset["opens"]) as HTMLDialogElement | null)?.showModal()
	if (button?.dataset["copy"]) {
		const text = document.getElementById(button.dataset["copy"])?.textContent?.trim() ?? ""
		void navigator.clipboard.writeText(text).then(() => say(button.dataset["copied"] ?? text))
	}
})

addEventListener("popstate", event => {
	const region = (event.state as { region?: string } | null)?.region ?? document.querySelector<HTMLElement>("[data-live]")?.dataset["live"]
	if (!region) return
	const query = new URLSearchParams(location.search)
	document.querySelectorAll<HTMLInputElement>("form[data-live] input[type=search]").forEach(field => { field.value = query.get(field.name) ?? "" })
	void ask(location.href, region, false)
})

let typing: number | undefined
document.addEventListener("input", event => {
	const field = event.target as HTMLInputElement
	const path = field.dataset?.["hints"]
	if (!path) return
	clearTimeout(typing)
	typing = window.setTimeout(async () => {
		const box = document.querySelector(`[data-hints-for="${field.id}"]`)
		if (!box) return
		const answer = await fetch(path + (path.includes("?") ? "&" : "?") + new URLSearchParams({ q: field.value }), { headers: { "Covey-Part": field.id } })
		if (answer.ok) box.replaceChildren(...document.adoptNode(parse(await answer.text()).body).childNodes)
	}, 400)
})

// send sends a form with a file and moves its bar; the answer takes the place of the page.
function send(form: HTMLFormElement): void {
	const bar = form.querySelector("progress")!
	const request = new XMLHttpRequest()
	bar.hidden = false
	form.querySelectorAll("button").forEach(b => { b.disabled = true })
	request.upload.onprogress = event => { bar.max = event.total; bar.value = event.loaded }
	request.onload = () => {
		const page = parse(request.responseText)
		if (request.responseURL !== form.action) history.replaceState(null, "", request.responseURL)
		document.title = page.title
		document.getElementById("main")?.replaceWith(document.adoptNode(page.getElementById("main")!))
		ready(document)
		;(document.querySelector<HTMLElement>(".faults") ?? document.querySelector<HTMLElement>("main"))?.focus()
		scrollTo(0, 0)
	}
	request.onerror = () => { form.querySelectorAll("button").forEach(b => { b.disabled = false }); bar.hidden = true; say(form.dataset["progress"] ?? "") }
	request.open("POST", form.action)
	request.send(new FormData(form))
}

document.addEventListener("submit", event => {
	const form = event.target as HTMLFormElement
	if (form.dataset["progress"] === undefined) return
	event.preventDefault()
	send(form)
})

// ready shows what only works with scripts, and begins what repeats.
function ready(root: ParentNode): void {
	const polled = root instanceof Element && root.matches("[data-poll]") ? root : root.querySelector("[data-poll]")
	if (polled) setTimeout(() => { if (polled.isConnected) void ask(location.href, polled.id, false) }, 1000 * Number(polled.getAttribute("data-poll")))
	root.querySelectorAll<HTMLElement>("[data-copy][hidden], [data-opens][hidden], [data-script][hidden]").forEach(e => { e.hidden = false })
}

ready(document)
document.querySelector<HTMLElement>(".faults")?.focus()
passkeys()
