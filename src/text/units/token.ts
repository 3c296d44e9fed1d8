import { defineTextUnit } from "./unit.js";

export const token = defineTextUnit({ name: "token", summary: "a token of the model", ofSound: true, cut: null });
