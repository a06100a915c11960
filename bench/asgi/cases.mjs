// What is asked, and how a right answer is known.

export const LARGE_BYTES = 100 * 1024;

export const CASES = [
  { name: "hello", title: "hello world", path: "/hello", right: (body) => body === "Hello, world!" },
  {
    name: "json",
    title: "FastAPI, JSON",
    path: "/json/you?times=2",
    right: (body) => body === '{"hello":["you","you"]}',
  },
  { name: "large", title: "100 KB reply", path: "/large", right: (body) => body === "x".repeat(LARGE_BYTES) },
  {
    name: "echo",
    title: "100 KB echo",
    path: "/echo",
    method: "POST",
    body: "y".repeat(LARGE_BYTES),
    right: (body) => body === "y".repeat(LARGE_BYTES),
  },
  { name: "stream", title: "stream of 100 parts", path: "/stream", right: (body) => body === "x".repeat(LARGE_BYTES) },
  { name: "websocket", title: "WebSocket echo, 64 B", path: "/ws" },
];
