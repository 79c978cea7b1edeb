/** The whole look of the provider's pages: one card, the system's font, plum so that nobody takes it for the app. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --band: light-dark(#6d2a63, #4d1d46);
  --plum: light-dark(#6d2a63, #e3a6d8);
  --on-plum: light-dark(#fff, #2b0f26);
  --page: light-dark(#f6f1f5, #1a1419);
  --card: light-dark(#fff, #251d24);
  --text: light-dark(#241a22, #f1e9f0);
  --faint: light-dark(#655a63, #b9aab6);
  --line: light-dark(#ddd0da, #4a3c48);
}
* { box-sizing: border-box }
body {
  margin: 0;
  min-height: 100vh;
  background: var(--page);
  color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif;
}
header { background: var(--band); color: #fff }
header p {
  display: flex;
  flex-wrap: wrap;
  justify-content: space-between;
  gap: 0 1rem;
  max-width: 28rem;
  margin: 0 auto;
  padding: .75rem 1rem;
}
main {
  max-width: 28rem;
  margin: clamp(1rem, 8vh, 5rem) auto 2rem;
  padding: 1.5rem;
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: .75rem;
}
@media (max-width: 30rem) { main { margin: 1rem; padding: 1.25rem } }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.2; text-wrap: balance }
p { margin: 0 0 1rem; overflow-wrap: anywhere }
main > :last-child { margin-bottom: 0 }
a { color: var(--plum) }
ul { list-style: none; margin: 0 0 1rem; padding: 0 }
.address { font-variant-numeric: tabular-nums }
main .address, .hint, .person span span, .permissions span { color: var(--faint) }
.hint { margin-top: 1rem; font-size: .875rem }
button {
  min-height: 2.75rem;
  width: 100%;
  padding: .5rem 1rem;
  border: 1px solid var(--line);
  border-radius: .5rem;
  background: transparent;
  color: inherit;
  font: inherit;
  cursor: pointer;
}
button:hover { border-color: var(--plum) }
:focus-visible { outline: 3px solid var(--plum); outline-offset: 2px }
.main { background: var(--plum); border-color: var(--plum); color: var(--on-plum); font-weight: 600 }
.main:hover { filter: brightness(1.1) }
.people li { margin-bottom: .5rem }
.person { display: grid; grid-template-columns: auto 1fr; align-items: center; gap: .75rem; padding: .75rem; text-align: start }
.initials {
  display: grid;
  place-items: center;
  width: 2.5rem;
  height: 2.5rem;
  border-radius: 50%;
  background: var(--plum);
  color: var(--on-plum);
  font-weight: 600;
}
.who { display: grid; line-height: 1.4; overflow-wrap: anywhere }
.who span { font-size: .875rem }
.who .note { color: var(--plum) }
.permissions { border-block: 1px solid var(--line); padding-block: .25rem }
.permissions li { display: grid; padding-block: .5rem }
.choice { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .75rem }
`
