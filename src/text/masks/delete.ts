import { defineTextMask } from "./mask.js";

export const deleteMask = defineTextMask({
  name: "delete",
  summary: "it is gone, and what follows moves up",
  create: () => null,
});
