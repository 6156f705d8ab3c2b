import { printable } from './terminal-text.ts'

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Foreign text as content or quoted attribute of HTML or XML, on one line. */
export function escapeMarkup(text: string): string {
  // What is left of the controls after `printable`, XML 1.0 forbids even as references.
  return printable(text)
    .replaceAll(/[\uFFFE\uFFFF]/g, '')
    .replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign)
}

/** Foreign text in a table cell or a paragraph of GitHub's Markdown, which could otherwise become a link, an image or a mention. */
export function escapeMarkdown(text: string): string {
  return printable(text)
    .replaceAll(/[\\`*_[\]#|~]/g, String.raw`\$&`)
    .replaceAll(/[&<>]/g, (sign) => ENTITIES[sign] ?? sign)
    .replaceAll('@', '&#64;')
    .replaceAll(/:\/\//g, '&#58;//')
}
