import { apache } from './apache.ts'
import type { Contender } from './contender.ts'
import { nginx } from './nginx.ts'
import { nodeLimit, peers, portable, strongroom } from './node-contenders.ts'

/** Everyone who can take part, in the order of the tables. */
export const contenders: readonly Contender[] = [
  nginx,
  nodeLimit,
  strongroom,
  portable,
  apache,
  ...peers,
]
