import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PROJECT = fileURLToPath(new URL('../..', import.meta.url))

/** A real terminal, run by a tmux server of its own. */
export interface Terminal {
  /** The screen with its history, as text. */
  readonly text: () => string
  readonly isAlternateScreen: () => boolean
  readonly isCursorVisible: () => boolean
  /** Presses keys by tmux's names, for example `q` or `C-c`. */
  readonly press: (key: string) => void
  readonly resize: (columns: number, rows: number) => void
  /** The process in the terminal. */
  readonly pid: () => number
  readonly close: () => void
}

/** Whether `openTerminal` can work here. */
export function hasTmux(): boolean {
  return spawnSync('tmux', ['-V']).status === 0
}

/** Runs a shell command in a new terminal, in the project's folder; the terminal stays open after it. */
export function openTerminal(command: string, size: { readonly columns: number; readonly rows: number }): Terminal {
  const folder = mkdtempSync(join(tmpdir(), 'tune-terminal-'))
  const socket = join(folder, 'socket')
  const tmux = (...args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync('tmux', ['-u', '-S', socket, '-f', '/dev/null', ...args], {
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`tmux ${args[0]}: ${stderr}`)
    return stdout
  }
  const flag = (name: string): string => tmux('display-message', '-p', `#{${name}}`).trim()
  const { columns, rows } = size
  tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), '-c', PROJECT, `${command}; exec sleep 60`)
  return {
    text: () => tmux('capture-pane', '-p', '-S', '-500'),
    isAlternateScreen: () => flag('alternate_on') === '1',
    isCursorVisible: () => flag('cursor_flag') === '1',
    press: (key) => void tmux('send-keys', key),
    resize: (newColumns, newRows) => void tmux('resize-window', '-x', String(newColumns), '-y', String(newRows)),
    pid: () => Number(flag('pane_pid')),
    close: () => {
      tmux('kill-server')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
