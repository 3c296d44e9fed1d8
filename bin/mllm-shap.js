#!/usr/bin/env node
import { closeSync, openSync } from "node:fs";
import { register } from "node:module";

/** As many files as the loader has open at a time. */
const FILES = 128;

/** Whether this process may open so few files that loading its modules would fail. */
function mayOpenFew() {
  const open = [];
  try {
    for (let i = 0; i < FILES; i++) open.push(openSync(import.meta.filename, "r"));
    return false;
  } catch {
    return true;
  } finally {
    for (const descriptor of open) closeSync(descriptor);
  }
}

if (mayOpenFew()) register("./load.js", import.meta.url);
await import("../dist/program/main.js");
