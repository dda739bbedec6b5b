import { describe, expect, it } from 'vitest'
import { LineFeed } from '../../src/logs/line-feed.ts'

const listen = (feed: LineFeed): { heard: string[]; off: () => void } => {
  const heard: string[] = []
  return { heard, off: feed.subscribe((stream, { line }) => heard.push(`${stream} ${line}`)) }
}

describe('lines for whoever listens', () => {
  it('every subscriber hears every line of both streams', () => {
    const feed = new LineFeed()
    const [first, second] = [listen(feed), listen(feed)]
    feed.push('stdout', Buffer.from('a\nb'))
    feed.push('stderr', Buffer.from('c\n'))
    feed.push('stdout', Buffer.from('b\n'))
    expect(first.heard).toEqual(['stdout a', 'stderr c', 'stdout bb'])
    expect(second.heard).toEqual(first.heard)
  })

  it('whoever comes along for one chunk hears its lines, too', () => {
    const feed = new LineFeed()
    const heard: string[] = []
    feed.push('stdout', Buffer.from('a\n'), (_stream, { line }) => heard.push(line))
    feed.push('stdout', Buffer.from('b\n'))
    expect(heard).toEqual(['a'])
  })

  it('an unfinished last line is told at the end', () => {
    const feed = new LineFeed()
    const { heard } = listen(feed)
    feed.push('stderr', Buffer.from('the last words'))
    feed.end()
    expect(heard).toEqual(['stderr the last words'])
  })

  it('whoever unsubscribed hears nothing more', () => {
    const feed = new LineFeed()
    const { heard, off } = listen(feed)
    off()
    feed.push('stdout', Buffer.from('a\n'))
    feed.end()
    expect(heard).toEqual([])
  })

  it('a line is never made of what came before and what came after nobody listened', () => {
    const feed = new LineFeed()
    const early = listen(feed)
    feed.push('stdout', Buffer.from('begun'))
    early.off()
    feed.push('stdout', Buffer.from(' and finished\nunheard\n'))
    const late = listen(feed)
    feed.push('stdout', Buffer.from('new line\n'))
    expect(late.heard).toEqual(['stdout new line'])
  })
})
