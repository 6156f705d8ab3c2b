/** Switches to the alternate screen and begins at its upper left corner. */
export const ENTER_SCREEN = '\u001B[?1049h\u001B[H'

/** Empties the alternate screen: tmux 3.3 shows what is left on a resized one among the lines of the main screen. */
export const CLEAR_SCREEN = '\u001B[2J\u001B[H'

/** Switches back to the screen as it was and shows the cursor. */
export const LEAVE_SCREEN = '\u001B[?1049l\u001B[?25h'
