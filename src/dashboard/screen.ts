/** Switches to the alternate screen and begins at its upper left corner. */
export const ENTER_SCREEN = '\u001B[?1049h\u001B[H'

/** Switches back to the screen as it was and shows the cursor. */
export const LEAVE_SCREEN = '\u001B[?1049l\u001B[?25h'
