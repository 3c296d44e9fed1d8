import { describe, expect, it } from "vitest";
import { isLoopback, requireSafeKey, serverRoot } from "../../../src/connectors/openai_compatible/address.js";

describe("the address of a server", () => {
  it.each([
    ["http://localhost:8000", "http://localhost:8000"],
    ["http://localhost:8000/", "http://localhost:8000"],
    ["http://localhost:8000/v1", "http://localhost:8000"],
    ["http://localhost:8000/v1/", "http://localhost:8000"],
    ["https://HOST.example/llm/v1", "https://host.example/llm"],
    ["https://api.openai.com/v1", "https://api.openai.com"],
  ])("%s is %s", (address, root) => {
    expect(serverRoot(address, "--server")).toBe(root);
  });

  it.each(["localhost:8000", "ftp://host", "file:///etc/passwd", "", "//host", "http://"])("%j is none", (address) => {
    expect(() => serverRoot(address, "--server")).toThrow("--server: must be an address such as http://localhost:8000");
  });

  it("with a user or a password is refused without repeating it", () => {
    for (const address of ["http://me:s3cret@host", "http://s3cret@host"]) {
      expect(() => serverRoot(address, "MLLM_SHAP_SERVER")).toThrow(/^MLLM_SHAP_SERVER: .*MLLM_SHAP_API_KEY$/);
      expect(() => serverRoot(address, "MLLM_SHAP_SERVER")).not.toThrow(/s3cret/);
    }
  });

  it("with a query or a fragment is refused without repeating it", () => {
    for (const address of ["http://host/?key=s3cret", "http://host/#s3cret"]) {
      expect(() => serverRoot(address, "--server")).toThrow(/^--server: an address ends with its path; leave out what follows \? or #$/);
    }
  });

  it.each([
    ["http://localhost:1", true],
    ["http://127.0.0.1", true],
    ["http://127.9.9.9", true],
    ["http://[::1]:80", true],
    ["http://gpu.localhost", true],
    ["http://localhost.example", false],
    ["http://127.0.0.1.example", false],
    ["http://10.0.0.1", false],
  ])("%s stays on this machine: %s", (root, stays) => {
    expect(isLoopback(root)).toBe(stays);
  });

  it("takes a key over https, on this machine, or by leave", () => {
    requireSafeKey("https://host", "k", false);
    requireSafeKey("http://localhost", "k", false);
    requireSafeKey("http://host", null, false);
    requireSafeKey("http://host", "k", true);
    expect(() => requireSafeKey("http://host", "s3cret", false)).toThrow(/unencrypted: use https.*--allow-insecure-key$/);
    expect(() => requireSafeKey("http://host", "s3cret", false)).not.toThrow(/s3cret/);
  });
});
