/* Reads a calendar from standard input with ical.js and prints all occurrences that touch [start, end) as JSON. */

import { readFileSync } from "node:fs";
import ICAL from "./ical.js-2.2.1/ical.mjs";

const [from, to] = process.argv.slice(2).map((text) => Date.parse(text));
const root = new ICAL.Component(ICAL.parse(readFileSync(0, "utf8")));
for (const zone of root.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(new ICAL.Timezone(zone));

const events = root.getAllSubcomponents("vevent").map((component) => new ICAL.Event(component));
const masters = new Map();
for (const event of events) if (!event.isRecurrenceException()) masters.set(event.uid, event);
for (const event of events) {
  if (event.isRecurrenceException()) masters.get(event.uid).relateException(event);
}

const found = [];
function add(start, end, summary) {
  const begins = start.toJSDate().getTime();
  const ends = end.toJSDate().getTime();
  if (ends <= from || begins >= to) return;
  found.push({ start: text(start), end: text(end), summary });
}
function text(time) {
  return time.isDate ? time.toString() : time.toJSDate().toISOString();
}

for (const event of masters.values()) {
  if (!event.isRecurring()) {
    add(event.startDate, event.endDate, event.summary);
    continue;
  }
  const iterator = event.iterator();
  for (let next = iterator.next(), n = 0; next && n < 5000; next = iterator.next(), n += 1) {
    const details = event.getOccurrenceDetails(next);
    add(details.startDate, details.endDate, details.item.summary);
  }
}
process.stdout.write(JSON.stringify(found));
