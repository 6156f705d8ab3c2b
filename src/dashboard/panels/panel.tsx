import { Box, Text } from 'ink'
import type { ReactNode } from 'react'

import type { Signs } from '../signs.ts'

/** What every panel is told. */
export interface PanelProps {
  /** Width of the whole panel, with its border. */
  readonly columns: number
  readonly signs: Signs
}

/** A box with its title in the upper border. */
export function Panel(props: PanelProps & { readonly title: string; readonly children: ReactNode }): ReactNode {
  const { columns, signs, children } = props
  const [left, line, right] = signs.top
  const title = signs.fit(props.title, columns - 6)
  return (
    <Box flexDirection="column" width={columns}>
      <Text wrap="truncate">
        <Text dimColor>{`${left}${line} `}</Text>
        <Text bold>{title}</Text>
        <Text dimColor>{` ${line.repeat(Math.max(0, columns - title.length - 5))}${right}`}</Text>
      </Text>
      <Box borderStyle={signs.border} borderDimColor borderTop={false} paddingX={1} flexDirection="column">
        {children}
      </Box>
    </Box>
  )
}
