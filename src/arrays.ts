/** The lower folders still ask for these here. */
export * from "./util/arrays.js";
