// First, since they set the faces and the order of the layers.
import '@fontsource-variable/atkinson-hyperlegible-next/wght.css'
import '@fontsource-variable/atkinson-hyperlegible-mono/wght.css'
import './ui/base.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import { forgetDraftsInTime } from './app/forget-drafts.ts'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no element with the id "root"')

forgetDraftsInTime()

createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
