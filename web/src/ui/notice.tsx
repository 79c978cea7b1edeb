import type { ReactNode } from 'react'
import './notice.css'

interface NoticeProps {
  readonly title: string
  readonly advice?: ReactNode
  readonly tone?: 'plain' | 'alarm'
  /** What the reader can do about it: a button or a link. */
  readonly children?: ReactNode
}

export function Notice({ title, advice, tone = 'plain', children }: NoticeProps) {
  return (
    <div className={`notice notice-${tone}`} role={tone === 'alarm' ? 'alert' : 'status'}>
      <div>
        <p className="notice-title">{title}</p>
        {advice && <p>{advice}</p>}
      </div>
      {children}
    </div>
  )
}
