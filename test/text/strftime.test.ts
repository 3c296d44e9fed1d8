import { describe, expect, it } from "vitest";
import { parseDate, strftime } from "../../src/text/strftime.js";

/** Truth: Python 3.12, datetime(…).strftime on Linux without a locale. */
const MOMENT = new Date(Date.UTC(2024, 6, 6, 9, 5, 7));

describe("strftime", () => {
  it.each([
    ["%d %b %Y", "06 Jul 2024"],
    ["%A %d %B %Y", "Saturday 06 July 2024"],
    ["%a %w %u %j", "Sat 6 6 188"],
    ["%y %m %H:%M:%S", "24 07 09:05:07"],
    ["%I %p %l%k", "09 AM  9 9"],
    ["%-d/%-m/%-I", "6/7/9"],
    ["%e|%_d|%0e", " 6| 6|06"],
    ["%^b %^A %#p", "JUL SATURDAY am"],
    ["%F %T %R %D", "2024-07-06 09:05:07 09:05 07/06/24"],
    ["%c", "Sat Jul  6 09:05:07 2024"],
    ["%x %X %r", "07/06/24 09:05:07 09:05:07 AM"],
    ["%U %W %V %G %g", "26 27 27 2024 24"],
    ["%C %h %P %f", "20 Jul am 000000"],
    ["%n%t%%", "\n\t%"],
    ["[%z%Z]", "[]"],
    ["no code", "no code"],
  ])("%j is %j", (format, text) => {
    expect(strftime(MOMENT, format)).toBe(text);
  });

  it.each([
    [[2021, 0, 1], "53 2020 00 00"],
    [[2018, 11, 31], "01 2019 52 53"],
    [[2023, 0, 1], "52 2022 01 00"],
    [[2024, 11, 30], "01 2025 52 53"],
  ] as const)("counts weeks at the turn of the year, %j", ([year, month, day], text) => {
    expect(strftime(new Date(Date.UTC(year, month, day)), "%V %G %U %W")).toBe(text);
  });

  it.each(["%Q", "%E", "%s", "%", "%-", "%é"])("refuses %j by its name", (format) => {
    expect(() => strftime(MOMENT, `today ${format}`)).toThrow(`strftime_now does not know ${JSON.stringify(format)}`);
  });
});

describe("a date in words or numbers", () => {
  it.each([
    ["26 Jul 2024", "2024-07-26 00:00:00"],
    ["July 26, 2024", "2024-07-26 00:00:00"],
    ["Friday, 26 July 2024", "2024-07-26 00:00:00"],
    ["2024 Jul 26", "2024-07-26 00:00:00"],
    ["2024-07-26", "2024-07-26 00:00:00"],
    ["2024-07-26T14:30", "2024-07-26 14:30:00"],
    ["2024-07-26 14:30:59Z", "2024-07-26 14:30:59"],
  ])("%j is read", (text, wanted) => {
    expect(strftime(parseDate(text) as Date, "%F %T")).toBe(wanted);
  });

  it.each([
    "",
    "today",
    "31 Feb 2024",
    "2024-13-01",
    "26/07/2024",
    "Jul 2024",
    "26 Jul 24",
    "26 Jul Aug 2024",
    "at 26 Jul 2024",
    "2024-07-26T25:00",
  ])("%j is none", (text) => {
    expect(parseDate(text)).toBeNull();
  });
});
