const DAY = 86_400_000
const STEPS = { day: DAY, hour: 3_600_000, minute: 60_000, second: 1000 } as const

export type MomentUnit = 'year' | 'month' | keyof typeof STEPS

export const millisecondsOf = (unit: keyof typeof STEPS): number => STEPS[unit]

const twoDigits = Array.from({ length: 100 }, (_, value) => String(value).padStart(2, '0'))
const two = (value: number): string => twoDigits[value] ?? ''

interface Day {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly day: number
}

/** Calendar day of days since 1970-01-01 (Hinnant, "chrono-compatible low-level date algorithms", civil_from_days). */
function calendarDay(days: number): Day {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const ofEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  )
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * ofYear + 2) / 153)
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return { year, month, day: ofYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1 }
}

/** `2024-02-29`, of milliseconds since 1970-01-01T00:00:00Z. */
export function dateText(moment: number): string {
  const { year, month, day } = calendarDay(Math.floor(moment / DAY))
  return `${year > 999 && year < 10_000 ? year : String(year).padStart(4, '0')}-${two(month)}-${two(day)}`
}

/** `2024-02-29T08:30:00Z`, with milliseconds only where there are some. */
export function dateTimeText(moment: number): string {
  const ofDay = moment - Math.floor(moment / DAY) * DAY
  const seconds = Math.floor(ofDay / 1000)
  const rest = ofDay - seconds * 1000
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  return `${dateText(moment)}T${clock}${rest === 0 ? '' : `.${String(rest).padStart(3, '0')}`}Z`
}

/** A moment so many months later; a day that its month does not have becomes the last that it has. */
export function monthsLater(moment: number, months: number): number {
  const date = new Date(moment)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + months]
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  const day = Math.min(date.getUTCDate(), lastDay)
  return Date.UTC(year, month, day) + (moment - Math.floor(moment / DAY) * DAY)
}

/** How many moments there are from `start` in whole units, before `end`; and the one of that index. */
export function momentsBetween(
  start: number,
  end: number,
  unit: MomentUnit,
): { readonly count: number; readonly at: (index: number) => number } {
  if (unit !== 'year' && unit !== 'month') {
    const step = STEPS[unit]
    return { count: Math.ceil((end - start) / step), at: (index) => start + index * step }
  }
  const months = unit === 'year' ? 12 : 1
  const at = (index: number): number => monthsLater(start, index * months)
  const span = calendarDay(Math.floor(end / DAY)).year - calendarDay(Math.floor(start / DAY)).year
  let count = Math.max(0, (span - 1) * (12 / months))
  while (at(count) < end) count += 1
  return { count, at }
}
