// Rewriters and conditions of compat/python-node. What is expected is what @platformatic/python-node 2.0.0 gave.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { inFolder } from "./place.mjs";

const compat = createRequire(import.meta.url)("ironbridge/compat/python-node");
const { ExistenceCondition, HeaderCondition, MethodCondition, NonExistenceCondition, PathCondition } = compat;
const { HeaderRewriter, HrefRewriter, MethodRewriter, PathRewriter, Request, Rewriter } = compat;

const request = (more) =>
  new Request({ url: "http://example.com/a/b?c=d", headers: { "X-A": ["one", "two"], accept: "text/html" }, ...more });

test("conditions", () => {
  const holds = [
    [new PathCondition("^/a"), true],
    [new PathCondition("/b$"), true],
    [new PathCondition("c=d"), false],
    [new MethodCondition("^G"), true],
    [new MethodCondition("get"), false],
    [new HeaderCondition("X-A", "one"), true],
    [new HeaderCondition("x-a", "^two$"), false],
    [new HeaderCondition("none", ".*"), false],
    [new PathCondition("^/a").and(new PathCondition("^/z")), false],
    [new PathCondition("^/a").or(new PathCondition("^/z")), true],
    [new PathCondition("^/a").and(new PathCondition("^/z")).or(new MethodCondition("GET")), true],
  ];
  holds.forEach(([condition, expected], index) => assert.equal(condition.matches(request()), expected, `${index}`));
  assert.throws(() => new PathCondition("("), { code: "ERR_INVALID_INPUT" });
});

test("files below the docroot, and none beside it", () =>
  inFolder((_, docroot) => {
    mkdirSync(join(docroot, "sub"));
    writeFileSync(join(docroot, "there.txt"), "");
    const at = (url, more = { docroot }) => {
      const one = request({ url, ...more });
      return [new ExistenceCondition().matches(one), new NonExistenceCondition().matches(one)];
    };
    for (const url of ["/there.txt", "/sub", "/", "/sub/../there.txt?q"]) assert.deepEqual(at(url), [true, false], url);
    for (const url of ["/none", "/there%2Etxt", "/../project/none"]) assert.deepEqual(at(url), [false, true], url);
    assert.deepEqual(at("/../"), [false, true], "the folder above is there, and nobody's business");
    assert.deepEqual(at("/there.txt", {}), [false, false]);
  }));

test("rewriters", () => {
  const URLS = [
    [new PathRewriter("^/a/(.*)$", "/x/$1"), "http://example.com/x/b?c=d"],
    [new PathRewriter("b", "BB"), "http://example.com/a/BB?c=d"],
    [new PathRewriter("^/(?P<first>[a-z])/", "/$first-/"), "http://example.com/a-/b?c=d"],
    [new PathRewriter("^/(?P<first>[a-z])/", "/${first}x/"), "http://example.com/ax/b?c=d"],
    [new PathRewriter("^/(a)/", "/$1x/"), "http://example.com//b?c=d"],
    [new PathRewriter("^/zzz", "/x"), "http://example.com/a/b?c=d"],
    [new PathRewriter(".*", ""), "http://example.com/?c=d"],
    [new HrefRewriter("^(.*)$", "https://other$1"), "https://other/a/b?c=d"],
    [new HrefRewriter("a/b", "q"), "http://example.com/q?c=d"],
    [new HrefRewriter("^http", "https"), "http://example.com/a/b?c=d"],
    [new PathRewriter("^/a", "/x").then(new PathRewriter("^/x", "/y")), "http://example.com/y/b?c=d"],
    [new PathRewriter("^/a", "/x").when(new PathCondition("^/a")), "http://example.com/x/b?c=d"],
    [new PathRewriter("^/a", "/x").when(new PathCondition("^/z")), "http://example.com/a/b?c=d"],
  ];
  for (const [rewriter, url] of URLS) assert.equal(rewriter.rewrite(request()).url, url);
  const header = (rewriter) => rewriter.rewrite(request()).headers.toJSON();
  assert.deepEqual(header(new HeaderRewriter("X-A", "(.)", "<$1>")), { "x-a": "<o>ne", accept: "text/html" });
  assert.deepEqual(header(new HeaderRewriter("none", ".*", "v")), { "x-a": ["one", "two"], accept: "text/html" });
  assert.equal(new MethodRewriter("POST").rewrite(request()).method, "POST");
  // The request itself stays as it is; its body goes with the new one.
  const one = request({ body: Buffer.from("b"), docroot: "/srv" });
  const other = new PathRewriter("^/a", "/x").rewrite(one, "/other");
  assert.deepEqual([one.path, one.docroot, other.path, other.docroot, String(other.body)], ["/a/b", "/srv", "/x/b", "/other", "b"]);
  const wrong = [
    () => new PathRewriter("^/", "_").rewrite(request()),
    () => new HrefRewriter("^.*$", "ht tp://").rewrite(request()),
    () => new HeaderRewriter("x-a", ".*", "v\r\n").rewrite(request()),
    () => new MethodRewriter("PO ST").rewrite(request()),
  ];
  for (const work of wrong) assert.throws(work, { code: "ERR_INVALID_INPUT" });
});

test("a rewriter of plain objects", () => {
  const path = (from, to) => ({ type: "path", args: [from, to] });
  const put = { type: "method", args: ["PUT"] };
  const z = { type: "path", args: ["^/z"] };
  const get = { type: "method", args: ["GET"] };
  const cases = [
    [[{ conditions: [{ type: "path", args: ["^/a"] }], rewriters: [path("^/a", "/x")] }], "GET /x/b"],
    [[{ operation: "or", conditions: [z, get], rewriters: [put, path("^/a", "/x")] }], "PUT /x/b"],
    [[{ operation: "and", conditions: [z, get], rewriters: [put] }], "GET /a/b"],
    [[{ operation: "Or", conditions: [z, { type: "Method", args: ["GET"] }], rewriters: [put] }], "PUT /a/b"],
    [[{ rewriters: [path("^/a", "/x")] }, { rewriters: [path("^/x", "/y")] }], "GET /y/b"],
    [[{ conditions: [z], rewriters: [put] }, { rewriters: [path("^/a", "/x")] }], "GET /x/b"],
    [[{ conditions: [{ type: "header", args: ["x-a", "one"] }], rewriters: [put] }], "PUT /a/b"],
    [[{ conditions: [], rewriters: [put] }], "PUT /a/b"],
  ];
  for (const [configs, expected] of cases) {
    const { method, path: made } = new Rewriter(configs).rewrite(request());
    assert.equal(`${method} ${made}`, expected);
  }
  const wrong = [
    [],
    [{}],
    [{ rewriters: [] }],
    [{ rewriters: [{ type: "path", args: ["a"] }] }],
    [{ rewriters: [{ type: "header", args: ["a", "b"] }] }],
    [{ rewriters: [{ type: "none" }] }],
    [{ rewriters: [{ type: "toString" }] }],
    [{ conditions: [{ type: "path", args: ["("] }], rewriters: [put] }],
    [{ conditions: [{ type: "header", args: ["a"] }], rewriters: [put] }],
    [{ operation: "xor", rewriters: [put] }],
  ];
  for (const configs of wrong) assert.throws(() => new Rewriter(configs), { code: "ERR_INVALID_INPUT" });
});
