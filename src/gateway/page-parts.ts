/** What the pages have in common that the door shows to people. Nothing in them comes from anywhere else. Pure. */

/** For text and for attributes in double quotes. */
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)

export interface PageParts {
  readonly title: string
  /** HTML. */
  readonly body: string
  readonly script: string
  readonly nonce: string
}

export const pageFrom = ({ title, body, script, nonce }: PageParts): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<style nonce="${nonce}">${style}</style>
${body}
<script nonce="${nonce}">${script}</script>
</html>
`

const style = `
:root {
  color-scheme: light dark;
  --page: #f7f7f5; --text: #212226; --quiet: #62656d; --line: #dcdcd7; --well: #ffffff; --strong: #2c55c4;
}
@media (prefers-color-scheme: dark) {
  :root { --page: #1b1c1f; --text: #e9e9e6; --quiet: #a3a6ae; --line: #37393f; --well: #131416; --strong: #93b1ff; }
}
* { box-sizing: border-box; }
html, body { height: 100%; margin: 0; }
body {
  background: var(--page); color: var(--text); overflow-wrap: anywhere;
  font: 15px / 1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
main { display: flex; flex-direction: column; justify-content: safe center; margin: 0 auto; max-width: 44rem; min-height: 100%; padding: 2rem; }
h1 { font-size: 1.4rem; font-weight: 600; line-height: 1.3; margin: 0; }
h2 { color: var(--quiet); font-size: 0.85rem; font-weight: 600; margin: 1.5rem 0 0.4rem; }
p { margin: 0.4rem 0 0; }
code { font: 0.88em ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.quiet { color: var(--quiet); font-size: 0.9rem; font-variant-numeric: tabular-nums; }
.quiet:empty { display: none; }
.pulse { background: var(--line); border-radius: 2px; height: 3px; margin-bottom: 1.4rem; overflow: hidden; width: 7rem; }
.pulse::before {
  animation: wander 1.8s ease-in-out infinite alternate; background: var(--strong); border-radius: 2px;
  content: ""; display: block; height: 100%; width: 35%;
}
.still .pulse { display: none; }
pre {
  background: var(--well); border: 1px solid var(--line); border-radius: 8px; margin: 0; max-height: 15rem; overflow: auto;
  font: 12.5px / 1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; padding: 0.7rem 0.9rem; white-space: pre-wrap;
}
button {
  align-self: flex-start; background: transparent; border: 1px solid var(--line); border-radius: 8px; color: inherit; cursor: pointer;
  font: inherit; font-weight: 500; margin-top: 1rem; padding: 0.4rem 1rem;
}
button:hover { border-color: var(--quiet); }
:focus-visible { outline: 2px solid var(--strong); outline-offset: 2px; }
[hidden] { display: none; }
@keyframes wander { from { transform: translateX(-20%); } to { transform: translateX(205%); } }
@media (max-height: 480px) {
  main { padding: 1.2rem 1.5rem; }
  h2 { margin-top: 1.1rem; }
  .pulse { margin-bottom: 1rem; }
  pre { max-height: 9rem; }
}
@media (prefers-reduced-motion: reduce) { .pulse::before { animation: none; transform: translateX(92%); } }
`
