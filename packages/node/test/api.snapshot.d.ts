// Written by `npm run types` from what tsc declares. Do not edit.

// dist/asgi.d.ts
/**
 * Python inside Node and Bun: ASGI applications (FastAPI, Starlette, Django …) on an event loop of their own, in this
 * process.
 */
export { IronbridgeError } from "./error.js";
export { AsgiApp, type CloseOptions, type LoadOptions } from "./asgi/app.js";
export type { SocketLimits } from "./asgi/exchange.js";
export type { FetchInit } from "./asgi/fetch.js";
export type { AsgiHandler, HandlerOptions } from "./asgi/handler.js";
export { AsgiServer, type ListenOptions } from "./asgi/listen.js";
export { type OpenedPython, openPython, type PythonOptions } from "./asgi/python.js";
export type { LeanRequest, LeanResponse } from "./asgi/request.js";
export { AsgiWebSocket, type WebSocketClose, type WebSocketRequest } from "./asgi/websocket.js";

// dist/asgi/app.d.ts
/** An application of Python's, loaded into this process. */
import { type FetchInit } from "./fetch.js";
import { type AsgiHandler, type HandlerOptions } from "./handler.js";
import { type AsgiServer, type ListenOptions } from "./listen.js";
import { type PythonOptions } from "./python.js";
import { type LeanRequest, type LeanResponse } from "./request.js";
import { type AsgiWebSocket, type WebSocketRequest } from "./websocket.js";
export interface LoadOptions extends PythonOptions {
    /** Folders that modules are looked for in before all others. Default: the current one. */
    path?: string | readonly string[];
    /**
     * Whether the application's lifespan is run: `on` wants it, `off` leaves it, `auto` goes on without where the application
     * does not know it. Default: `auto`.
     */
    lifespan?: "auto" | "on" | "off";
    /** The attribute gives the application when it is called. Default: false. */
    factory?: boolean;
    /** Percent-encoded path below which the application stands: `root_path`, and the start of every `path`. Default: "". */
    rootPath?: string;
    /** How long `lifespan.startup` may take. Default: 60,000. */
    startupMs?: number;
    /** How long a request whose client has gone may go on before it is cancelled. Default: 5,000. */
    graceMs?: number;
}
export interface CloseOptions {
    /** How long requests under way may take until they are cancelled. Default: 10,000. */
    drainMs?: number;
    /** How long `lifespan.shutdown` may take. Default: 30,000. */
    shutdownMs?: number;
}
/** An ASGI 3 application (or one of ASGI 2) on Python's event loop, in this process. */
export declare class AsgiApp {
    #private;
    private constructor();
    /**
     * Loads `module:attribute` and runs its startup. Whoever loads the same with the same options, in this or another thread
     * of the process, gets the same application; it is shut down when the last has closed it.
     *
     * Rejects with `ERR_LOAD` (Python, module or attribute not found), `ERR_PYTHON` (the module raised; with `type` and
     * `traceback`) or `ERR_LIFESPAN` (startup failed).
     */
    static load(target: string, options?: LoadOptions): Promise<AsgiApp>;
    /** A request without ceremony: all of the reply in one piece. */
    request(request: LeanRequest): Promise<LeanResponse>;
    /** As the global `fetch`, answered by the application. Both bodies are streams; the promise is fulfilled with the head. */
    fetch(input: string | URL | Request, init?: FetchInit): Promise<Response>;
    /**
     * A WebSocket to the application, without a socket: messages go both ways as they are. Fulfilled when the application
     * accepts it; rejects with `ERR_REFUSED` (with the `status`, `headers` and `body` of its refusal) when it does not.
     */
    websocket(request: WebSocketRequest): Promise<AsgiWebSocket>;
    /** A function for `node:http`, `node:https`, Express, Connect and whatever calls handlers as they do. */
    handler(options?: HandlerOptions): AsgiHandler;
    /**
     * Serves the application on a socket of its own: HTTP/1.1, HTTP/2 and WebSockets, without JavaScript for a request.
     * Rejects with `ERR_ADDRESS_IN_USE`, `ERR_IO` (another reason why it cannot listen there) or `ERR_TLS`.
     */
    listen(options?: ListenOptions): Promise<AsgiServer>;
    /**
     * Closes its listeners, takes no more requests, lets those under way end or cancels them, has the application shut down, and waits for all of
     * it. With the last application Python's thread ends. A second time it waits for the first.
     */
    close(options?: CloseOptions): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// dist/asgi/exchange.d.ts
/**
 * One request and its reply, or one WebSocket, as they go over the line. The faces (`request`, `fetch`, `handler`,
 * `websocket`) are listeners of it.
 */
import { IronbridgeError } from "../error.js";
import { type Listener } from "./line.js";
import { type Told } from "./records.js";
/** What an application is asked, as bytes on the wire would say it. */
export interface Head {
    method: string;
    /** Path and query, as they came: percent-encoded. */
    target: string;
    scheme: string;
    httpVersion: string;
    /** Percent-encoded. */
    rootPath: string;
    client: readonly [host: string, port: number] | undefined;
    server: readonly [host: string, port: number] | undefined;
    /** Names and values in turns, as `rawHeaders` of `node:http`. */
    headers: readonly string[];
    /** Of {@link Flag}. */
    flags: number;
}
/** What becomes of an exchange. Nothing is told after `fail`, or after what was told with `last`. */
export interface Face {
    /** Status, names and values in turns, the first part of the body. */
    head(status: number, headers: string[], body: Buffer, last: boolean): void;
    body(body: Buffer, last: boolean): void;
    /** The body is that file. It is the last that is told. */
    file(path: string): void;
    trailers(headers: string[]): void;
    hints(links: string[]): void;
    /** The application waits for the request's body. */
    wanted(): void;
    fail(error: IronbridgeError): void;
}
/** What becomes of a WebSocket, beside a refusal, which is a reply. Nothing is told after `fail` or `close`. */
export interface SocketFace extends Face {
    /** Names and values in turns of the reply 101. */
    accept(headers: string[]): void;
    /** In bytes as they are counted for {@link Exchange.take}. */
    message(data: string | Buffer, bytes: number): void;
    close(code: number, reason: string): void;
}
/** What a WebSocket may do. */
export interface SocketLimits {
    /** The longest message that is taken, in bytes; a longer one closes the WebSocket with 1009. Default: 16 MiB. */
    maxMessageBytes?: number;
    /** How long a client may be silent before it is pinged; 0: never. Default: 20,000. */
    pingMs?: number;
    /** How long it may be silent after that before it is closed with 1011. Default: 20,000. */
    pongMs?: number;
    /**
     * Compresses messages from 1 KiB on where the client offers it (permessage-deflate, RFC 7692), each by itself, so that an
     * open WebSocket keeps no memory for it. Costs time on both sides; mind that the length of what is compressed tells
     * something of secrets in it. Default: false. Not for `app.websocket`, which has no wire.
     */
    deflate?: boolean;
}
export declare class Exchange implements Listener {
    #private;
    /** `kind`: {@link Ask.Request} or {@link Ask.Connect}. */
    constructor(kind: number, app: number, head: Head, body: Uint8Array | undefined, more: boolean, face: Face | SocketFace);
    /** Sends a part of the request's body, or bytes of a WebSocket's wire; waits until there is room for the next. */
    write(part: Uint8Array, last: boolean): Promise<void>;
    /** Sends a message of a WebSocket; waits until there is room for the next. */
    message(data: string | Uint8Array): Promise<void>;
    /** Whether more may be sent than is on its way. */
    get hasRoom(): boolean;
    /** Waits until it may. */
    room(): Promise<void>;
    /** Whoever takes the reply has taken so much of it. */
    take(bytes: number): void;
    /** Nobody waits for the reply any more, or the WebSocket is closed: the application gets a disconnect. */
    abandon(code?: number, reason?: string): void;
    get over(): boolean;
    told(told: Told): void;
}
/** The limits, whole. */
export declare function checkedLimits(limits: SocketLimits): Required<SocketLimits>;
/** As the host reads them. */
export declare function limitsOf(limits: SocketLimits): Uint8Array;

// dist/asgi/fetch.d.ts
/** `app.fetch`: WHATWG's Request and Response, streaming both ways. */
import type { AsgiApp } from "./app.js";
/** What `fetch` takes beside a request's own fields. */
export interface FetchInit extends RequestInit {
    client?: readonly [host: string, port: number];
    /** A body that is a stream needs `half`. */
    duplex?: "half";
}
export declare function fetchFrom(app: AsgiApp, input: string | URL | Request, init?: FetchInit): Promise<Response>;

// dist/asgi/handler.d.ts
/** `app.handler`: the application behind `node:http` and whatever calls handlers as it does. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { IronbridgeError } from "../error.js";
import type { AsgiApp } from "./app.js";
import type { SocketLimits } from "./exchange.js";
export interface HandlerOptions {
    /** Told of each request that failed, with what the application raised. Python's log has it in any case. */
    onError?: (error: IronbridgeError, request: IncomingMessage) => void;
    /** What clients of `upgrade` may do. */
    webSocket?: SocketLimits;
    /**
     * Proxies whose `x-forwarded-for` and `x-forwarded-proto` become `client` and `scheme`: addresses, networks as
     * `10.0.0.0/8`, `unix` for whoever comes by a Unix socket, `*` for everybody. Default: none, nobody is believed.
     */
    trustedProxies?: readonly string[];
}
/** What `http.createServer`, `app.use` of Express and others take. */
export interface AsgiHandler {
    (request: IncomingMessage, response: ServerResponse): void;
    /**
     * For the event `checkContinue` of a server: `100 Continue` is sent when the application asks for the body. Without it
     * Node sends it before it calls the handler.
     */
    checkContinue(request: IncomingMessage, response: ServerResponse): void;
    /** For the event `upgrade` of a server: WebSockets. Whatever else is asked for is refused with 426. */
    upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}
export declare function handlerOf(app: AsgiApp, options?: HandlerOptions): AsgiHandler;

// dist/asgi/line.d.ts
/** This JavaScript thread's line to Python: what is asked is sent in batches, what is told goes to whom it concerns. */
import { type Told } from "./records.js";
/** Who is told what becomes of one connection, load or close. */
export interface Listener {
    told(told: Told): void;
}
declare class Line {
    #private;
    constructor();
    /** A number for a new connection; the event loop stays alive until it is forgotten. */
    open(listener: Listener): number;
    /** How many connections are open. */
    get size(): number;
    /** Nothing of that connection concerns anybody any more. */
    forget(connection: number): void;
    /** Sends a record, with all others of this turn. */
    ask(kind: number, flags: number, connection: number, number: number, text?: string, body?: Uint8Array): void;
}
/** The line of this thread; Python has to be open. */
export declare function theLine(): Line;
/** Sends one question and gives its one answer. */
export declare function question(kind: number, number: number, options: unknown): Promise<Told>;
/** Counts what was taken of a reply's body, and says so from time to time: the application waits for it. */
export declare class Taken {
    #private;
    add(connection: number, bytes: number): void;
}
/** Whether a record is the last of its connection. */
export declare function isLast({ kind, flags }: Told): boolean;
export {};

// dist/asgi/listen.d.ts
/** `app.listen`: a listener of the host's own, without JavaScript for its requests. */
import { type SocketLimits } from "./exchange.js";
export interface ListenOptions {
    /** Name or address. Default: `127.0.0.1`. */
    host?: string;
    /** 0: any that is free; {@link AsgiServer.port} says which. Default: 0. */
    port?: number;
    /** A Unix socket instead of host and port. It is removed at the end. */
    path?: string;
    /** Certificate chain and private key, in PEM or as paths of such files. HTTP/2 is agreed on by ALPN. */
    tls?: {
        cert: string;
        key: string;
    };
    /** The header `server` of replies that have none; "": none. Default: `ironbridge`. */
    serverHeader?: string;
    /** Connections that the system keeps until they are accepted. Default: 2,048. */
    backlog?: number;
    /** Connections at a time; further ones wait. Default: 16,384. */
    maxConnections?: number;
    /** The longest head of a request, in bytes; a longer one is answered 431. Default: 65,536. */
    maxHeadBytes?: number;
    /** The longest body of a request, in bytes; a longer one is answered 413. Default: none. */
    maxBodyBytes?: number;
    /** Streams of an HTTP/2 connection at a time. Default: 128. */
    maxStreams?: number;
    /** How long a client may take for the head of a request. Default: 30,000. */
    headMs?: number;
    /** How long a connection without a request may stay. Default: 5,000. */
    keepAliveMs?: number;
    /** What clients of WebSockets may do. */
    webSocket?: SocketLimits;
    /**
     * Proxies whose `x-forwarded-for` and `x-forwarded-proto` become `client` and `scheme`: addresses, networks as
     * `10.0.0.0/8`, `unix` for whoever comes by a Unix socket, `*` for everybody. Default: none, nobody is believed.
     */
    trustedProxies?: readonly string[];
}
/** A listener. It keeps the program alive until it is closed. */
export declare class AsgiServer {
    #private;
    /** The address it has; undefined for a Unix socket. */
    readonly host: string | undefined;
    readonly port: number | undefined;
    /** The Unix socket. */
    readonly path: string | undefined;
    /**
     * Takes no more connections, lets requests under way end for `drainMs` (default: 10,000), then breaks them off.
     * WebSockets are closed at once, with 1012. Fulfilled when all is closed and the thread has ended.
     */
    close({ drainMs }?: {
        drainMs?: number;
    }): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}
export declare function listenOn(application: number, rootPath: string, options: ListenOptions): Promise<AsgiServer>;

// dist/asgi/python.d.ts
/** Which Python, and its library: found and opened once for the process. */
/** Which Python is opened. Without any: that of `VIRTUAL_ENV`, else `python3` in `PATH`. */
export interface PythonOptions {
    /** An interpreter, by its path. */
    python?: string;
    /** A virtual environment, by its folder. */
    venv?: string;
}
/** The Python of this process. */
export interface OpenedPython {
    /** `sys.executable`. */
    executable: string;
    /** As `3.11.7`. */
    version: string;
    /** The shared library that was opened. */
    library: string;
}
/**
 * Opens Python. A process has one: a second, other one is refused with `ERR_LOAD`, as is what cannot be found or opened.
 */
export declare function openPython(options?: PythonOptions): Promise<OpenedPython>;
/** Waits until Python's thread has ended, if its last application is closed. */
export declare function restPython(): Promise<void>;

// dist/asgi/records.d.ts
/** What goes over the line: the other end of `crates/asgi/src/record.rs`, which has the table of their layout. */
/** What is asked of the host. */
export declare const Ask: {
    readonly Load: 1;
    readonly Close: 2;
    readonly Request: 3;
    readonly Connect: 4;
    readonly Body: 5;
    readonly Gone: 6;
    readonly Taken: 7;
    readonly Message: 8;
    readonly Listen: 9;
    readonly Unlisten: 10;
};
/** What the host tells. */
export declare const Tell: {
    readonly Loaded: 1;
    readonly Closed: 2;
    readonly Head: 3;
    readonly Body: 4;
    readonly Trailers: 5;
    readonly Hints: 6;
    readonly File: 7;
    readonly Failed: 8;
    readonly Taken: 9;
    readonly Wanted: 10;
    readonly Accept: 11;
    readonly Message: 12;
    readonly Close: 13;
    readonly Listening: 14;
};
export declare const Flag: {
    readonly More: 1;
    readonly Beside: 2;
    readonly Expects: 4;
    readonly Trailers: 8;
    readonly Hints: 16;
    readonly Binary: 32;
    readonly Frames: 64;
    readonly Forwarded: 128;
};
/** Records on their way out, one after the other in a buffer that is used again. */
export declare class Writer {
    #private;
    length: number;
    beside: Uint8Array[];
    get bytes(): Uint8Array;
    push(kind: number, flags: number, connection: number, number: number, text?: string, body?: Uint8Array): void;
    /** Begins anew; what was written must have been copied. */
    clear(): void;
}
/** What a record told. `body` is a view that may be kept. */
export interface Told {
    kind: number;
    flags: number;
    connection: number;
    number: number;
    /** Latin-1, parts parted by NUL. */
    text: string;
    body: Buffer;
}
/** Calls `each` with every record of a batch. */
export declare function read(records: Buffer, beside: Buffer[], each: (told: Told) => void): void;

// dist/asgi/request.d.ts
/** `app.request`: a request without ceremony, its reply in one piece. */
import { IronbridgeError } from "../error.js";
import type { AsgiApp } from "./app.js";
import type { Head } from "./exchange.js";
export interface LeanRequest {
    /** Default: `GET`. */
    method?: string;
    /** Path and query, percent-encoded. */
    path: string;
    /** Pairs, or an object; a value that is an array is a header for each of its elements. */
    headers?: readonly (readonly [string, string])[] | Record<string, string | readonly string[]>;
    body?: Uint8Array | string;
    /** Default: `http`. */
    scheme?: string;
    client?: readonly [host: string, port: number];
    server?: readonly [host: string, port: number];
    /** Gives the request up: the application gets `http.disconnect`. */
    signal?: AbortSignal;
    /** A longer reply is an error `ERR_TOO_LARGE`. Default: 64 MiB. */
    maxBytes?: number;
}
export interface LeanResponse {
    status: number;
    /** In the order the application sent them, repeated ones too. */
    headers: [name: string, value: string][];
    body: Buffer;
    trailers: [name: string, value: string][];
}
export declare function requestOf(app: AsgiApp, request: LeanRequest): Promise<LeanResponse>;
/** Asks, and collects the reply. */
export declare function wholeReply(app: AsgiApp, head: () => Head, { signal, body, maxBytes }: Pick<LeanRequest, "signal" | "body" | "maxBytes">): Promise<LeanResponse>;
export declare function aborted(signal: AbortSignal): IronbridgeError;
export declare function flat(headers: NonNullable<LeanRequest["headers"]>): string[];
export declare function pairs(headers: readonly string[]): [string, string][];

// dist/asgi/websocket.d.ts
/** `app.websocket`: a WebSocket to an application of this process, in messages. */
import type { AsgiApp } from "./app.js";
import type { Head } from "./exchange.js";
import { type LeanRequest } from "./request.js";
export interface WebSocketRequest extends Pick<LeanRequest, "path" | "headers" | "client" | "server" | "signal"> {
    /** What the application may choose from, best first. */
    subprotocols?: readonly string[];
    /** Default: `ws`. */
    scheme?: "ws" | "wss";
}
export declare function websocketOf(app: AsgiApp, request: WebSocketRequest): Promise<AsgiWebSocket>;
/** Fulfilled when the application accepts. */
export declare function openWebSocket(app: AsgiApp, head: Head, signal: AbortSignal | undefined): Promise<AsgiWebSocket>;
/** How a WebSocket ended. */
export interface WebSocketClose {
    code: number;
    reason: string;
}
/**
 * One WebSocket. Messages are text (`string`) or bytes (`Buffer`). What is not received is not sent for ever: with 64 KiB on
 * their way the application waits.
 */
export declare class AsgiWebSocket {
    #private;
    /** What the application chose; "" if nothing. */
    readonly subprotocol: string;
    /** Those of the reply that accepted it. */
    readonly headers: readonly [name: string, value: string][];
    /** Fulfilled when either side has closed it, or the application has raised (1011). It never rejects. */
    readonly closed: Promise<WebSocketClose>;
    /** Sends a message; fulfilled when there is room for the next. Rejects with `ERR_CLOSED` after the end. */
    send(data: string | Uint8Array): Promise<void>;
    /**
     * The next message; `undefined` when the WebSocket was closed. Rejects with `ERR_PYTHON` if the application has raised,
     * with `ERR_CANCELLED` if its signal was aborted. Several may wait; each gets one.
     */
    receive(): Promise<string | Buffer | undefined>;
    [Symbol.asyncIterator](): AsyncGenerator<string | Buffer, void, undefined>;
    /** Closes it; messages that were received and not taken yet can be taken still. Does nothing after the end. */
    close(code?: number, reason?: string): void;
}

// dist/compat/copilot-api.d.ts
/**
 * The thirteen functions of an earlier Copilot gateway's native layer, for programs that call it: six that compute, with a
 * plain JavaScript fallback, and seven that ask a running gateway. `docs/reference/compat.md` has each with its result and
 * what differs.
 */
export type { ValidationProblem } from "../dialects.js";
export { IronbridgeError } from "../error.js";
export * from "./copilot-api/gateway.js";
export { checkRateLimit, getRateLimitStats, type RateLimit, type RateLimitCheck, type RateLimitStats, resetRateLimit, } from "./copilot-api/limits.js";
export { getPerformanceStats, type PerformanceStats } from "./copilot-api/performance.js";
export { getTokenCount, type TokenCount } from "./copilot-api/tokens.js";
export { type DetailedValidation, validatePayload, validatePayloadDetailed, } from "./copilot-api/validation.js";

// dist/compat/copilot-api/gateway-call.d.ts
/** One request to a running gateway. */
export interface GatewayOptions {
    /** Where it listens. Default: `IRONBRIDGE_URL`, else `http://127.0.0.1:4141`. */
    url?: string;
    /** A client key of the gateway, where it wants one. Default: `IRONBRIDGE_API_KEY`. */
    apiKey?: string;
    /** For `getCopilotToken` and `refreshToken`, and `getCopilotUsage` from another machine. Default: `IRONBRIDGE_ADMIN_TOKEN`. */
    adminToken?: string;
    signal?: AbortSignal;
    /** How long until the whole answer is there, of a stream until it begins. Default: ten minutes. */
    timeoutMs?: number;
}
/** An event of a stream; the last one's data is `[DONE]`. */
export interface StreamEvent {
    event?: string;
    data: string;
}
export declare class GatewayCall {
    #private;
    /** Begins nothing yet but the time it may take. */
    constructor(method: string, path: string, options: GatewayOptions, payload?: object);
    /** The whole answer, which is JSON. */
    json<T>(): Promise<T>;
    /** The events of a stream: waits until it begins. */
    events(): Promise<AsyncIterable<StreamEvent>>;
}

// dist/compat/copilot-api/gateway.d.ts
/** What a running gateway answers: it holds the login and the models, this only asks. */
import { type GatewayOptions, type StreamEvent } from "./gateway-call.js";
export type { GatewayOptions, StreamEvent };
/** A JSON object as the gateway sends it. */
export type GatewayAnswer = Record<string, unknown>;
/** The short-lived token that the gateway works with. */
export interface CopilotToken {
    /** The name of the provider in the gateway's config. */
    provider: string;
    token: string;
}
/** Asks a model by `POST /v1/chat/completions`; with `stream: true` its events, as they come. */
export declare function createChatCompletions(payload: {
    stream: true;
    [member: string]: unknown;
}, options?: GatewayOptions): Promise<AsyncIterable<StreamEvent>>;
export declare function createChatCompletions(payload: {
    stream?: false | null;
    [member: string]: unknown;
}, options?: GatewayOptions): Promise<GatewayAnswer>;
/** Embeds texts by `POST /v1/embeddings`. */
export declare function createEmbeddings(payload: {
    input: string | string[];
    model: string;
    [member: string]: unknown;
}, options?: GatewayOptions): Promise<GatewayAnswer>;
/** The models by `GET /v1/models`: `{object: "list", data: […]}`. */
export declare function getModels(options?: GatewayOptions): Promise<GatewayAnswer>;
/** What is left of the Copilot quota, in GitHub's words, by `GET /usage`. `ERR_NOT_SIGNED_IN` where nobody is. */
export declare function getCopilotUsage(options?: GatewayOptions): Promise<GatewayAnswer>;
/** The token of the gateway's Copilot login by `GET /token`, which wants the admin token. */
export declare function getCopilotToken(options?: GatewayOptions): Promise<CopilotToken>;
/** The same: the gateway renews its token by itself before it runs out, so that what it gives is always fresh. */
export declare function refreshToken(options?: GatewayOptions): Promise<CopilotToken>;
/**
 * Whether the gateway is signed in to GitHub, by `GET /usage`. `ERR_NOT_SIGNED_IN` where it is not: a person then signs in
 * with `ironbridge auth`, and the GitHub token never leaves the gateway's machine.
 */
export declare function setupGitHubToken(options?: GatewayOptions): Promise<{
    plan: unknown;
}>;

// dist/compat/copilot-api/limits.d.ts
/** Rate limits by key: token buckets that are dropped when nobody has asked for an hour. */
export interface RateLimit {
    /** What a full bucket holds: a whole number from 1 to 1,000,000. */
    capacity: number;
    /** What it gains: from 0.000001 to 1,000,000. */
    refillPerSecond: number;
}
export interface RateLimitCheck {
    allowed: boolean;
    /** What is left afterwards, whole. */
    remaining: number;
    /** When to come again, in whole milliseconds; 0 when allowed. */
    retryAfterMs: number;
}
export interface RateLimitStats {
    /** Keys that were asked for within the last hour. */
    activeLimiters: number;
}
/**
 * Takes one from the bucket of `key`, which is made full when it is first asked for. Other numbers for the same key begin
 * another full bucket.
 */
export declare function checkRateLimit(key: string, limit: RateLimit): RateLimitCheck;
/** The earlier form: one more each `intervalSeconds`, at most `burst` at once. */
export declare function checkRateLimit(key: string, intervalSeconds: number, burst?: number): boolean;
/** How many limiters there are. */
export declare function getRateLimitStats(): RateLimitStats;
/** Forgets what `key` has used; whether there was anything to forget. */
export declare function resetRateLimit(key: string): boolean;

// dist/compat/copilot-api/performance.d.ts
/** How long the calls of this entry take, while `PERF_MONITOR=true`. */
/** In microseconds. `p50` and `p95` are of the last 1,024 calls, the rest of all. */
export interface PerformanceStats {
    count: number;
    mean: number;
    p50: number;
    p95: number;
    max: number;
}
/** Does `work`; takes down how long it took if that is wanted, of a promise until it is settled. */
export declare function measured<T>(name: string, work: () => T): T;
/** What was measured so far, by the function's name; failed calls are in it. */
export declare function getPerformanceStats(): Record<string, PerformanceStats>;

// dist/compat/copilot-api/reader.d.ts
/** Looks at a JSON value member by member and notes what is wrong, as `crates/wire/src/fields.rs` does. */
import type { ValidationProblem } from "../../dialects.js";
export type Json = null | boolean | number | string | Json[] | {
    [key: string]: Json;
};
/** The JSON type, for messages. */
export declare function kind(value: Json): string;
/** An object being read. `null` counts as absent. */
export declare class Reader {
    #private;
    private readonly members;
    readonly at: string;
    readonly problems: ValidationProblem[];
    constructor(members: {
        [key: string]: Json;
    }, at: string, problems: ValidationProblem[]);
    /** Begins to read `value`; anything but an object is a problem. */
    static of(value: Json, at: string, problems: ValidationProblem[]): Reader | undefined;
    path(key: string): string;
    problem(key: string, message: string): void;
    get(key: string): Json | undefined;
    /** The member if it is a text, without a word where it is not. */
    text(key: string): string | undefined;
    require(key: string): void;
    string(key: string): string | undefined;
    requiredString(key: string): string;
    boolean(key: string): boolean | undefined;
    whole(key: string): number | undefined;
    signed(key: string): number | undefined;
    number(key: string): number | undefined;
    /** A number within bounds; both say how they are told. */
    within(key: string, least: number, most: number, expected: string): void;
    array(key: string): Json[] | undefined;
    isEmpty(key: string): boolean;
    /** Gives each object of an array to `read`, in order; what is none is a problem. */
    objects(key: string, read: (item: Reader) => void): void;
    object(key: string): Reader | undefined;
    requiredObject(key: string): Reader | undefined;
    eachMember(look: (key: string, value: Json) => void): void;
    /** A list of texts. */
    strings(key: string): void;
    /** A text, or an array of parts, each of which is given to `part`; `expected` says so in words. */
    content(key: string, expected: string, part: (part: Reader) => void): void;
}

// dist/compat/copilot-api/tokens.d.ts
/** How many tokens messages are. */
/** `output` is what the assistant said, `input` all else. */
export interface TokenCount {
    input: number;
    output: number;
}
/**
 * The tokens of chat messages, by the rules of GPT-4o; an array, or its JSON text. An image costs what one of 1024 × 1024
 * costs, whatever its size.
 */
export declare function getTokenCount(messages: readonly unknown[] | string): TokenCount;

// dist/compat/copilot-api/validation.d.ts
/** Whether a payload is a request of chat completions or of Anthropic's messages. */
import type { ValidationProblem } from "../../dialects.js";
import { type Json } from "./reader.js";
export interface DetailedValidation {
    valid: boolean;
    /** Of a valid payload: `anthropic` where it is one of messages only, `vision` where a message has an image. */
    contentType?: "text" | "vision" | "anthropic";
    /** Of an invalid one: what is wrong, in one text. */
    error?: string;
    /** Every mistake, as a request of the dialect with fewer of them. */
    errors: ValidationProblem[];
}
/** Whether `payload`, an object or its JSON text, is a request of either dialect. */
export declare function validatePayload(payload: unknown): boolean;
/** {@link validatePayload}, with the kind of content or every mistake. */
export declare function validatePayloadDetailed(payload: unknown): DetailedValidation;
/** What is wrong with a request, in plain JavaScript; in the words of the native side and in its order. */
export declare function problemsOf(payload: Json | object, dialect: "chat" | "messages"): ValidationProblem[];

// dist/compat/ironcode.d.ts
/**
 * The functions of an earlier native tool layer, with its names and results, for programs that call it. All of them are
 * synchronous as they were there: JavaScript stands still until they are done. `docs/reference/compat.md` says what differs;
 * new programs take `ironbridge` itself, whose functions wait for nobody.
 */
export { IronbridgeError } from "../error.js";
export * from "./ironcode/edit.js";
export * from "./ironcode/files.js";
export * from "./ironcode/fuzzy.js";
export * from "./ironcode/git.js";
export * from "./ironcode/locks.js";
export type { Output } from "./ironcode/output.js";
export * from "./ironcode/search.js";
export * from "./ironcode/system.js";
export * from "./ironcode/terminals.js";
export * from "./ironcode/watchers.js";

// dist/compat/ironcode/edit.d.ts
/** Replacing a text, and reading a shell command. */
/** `content` with `oldString` replaced, by the nine strategies; throws where it fits no place, or several. */
export declare function editReplaceFFI(content: string, oldString: string, newString: string, replaceAll?: boolean): string;
export interface BashParseResult {
    /** What commands that deal with files are given, as written. */
    directories: string[];
    /** The commands with their redirects, all but `cd`. */
    patterns: string[];
    /** For each of those, the rule that allows its like. */
    always: string[];
}
/** The commands of a shell command, those in substitutions among them. */
export declare function parseBashCommandFFI(command: string, cwd: string): BashParseResult;

// dist/compat/ironcode/files.d.ts
/** Files: read, write, look at. Reading is JavaScript's own, which is the faster one here. */
import { type Output } from "./output.js";
/** In whole seconds since 1970 and bytes; of what is not there all is 0 and false. */
export interface FileStat {
    exists: boolean;
    size: number;
    modified: number;
    is_file: boolean;
    is_dir: boolean;
}
/** A whole text file. */
export declare function readRawFFI(filepath: string): string;
/** Lines of a text file with their numbers; `offset` is how many are left out before. */
export declare function readFFI(filepath: string, offset?: number, limit?: number): Output;
/** Writes a text file whole, with the folders on the way: a reader sees the old content or the new. */
export declare function writeRawFFI(filepath: string, content: string): boolean;
/** {@link writeRawFFI}, with a record. */
export declare function writeFFI(filepath: string, content: string): Output;
export declare function fileExistsFFI(filepath: string): boolean;
/** Through links. */
export declare function fileStatFFI(filepath: string): FileStat;

// dist/compat/ironcode/fuzzy.d.ts
/** Fuzzy search over a list. The earlier layer has five names for it; here there is one matcher behind all. */
/** The items that fit the query, best first; all of them without a limit. An empty query gives the first. */
export declare function fuzzySearchFFI(query: string, items: string[], limit?: number): string[];
export { fuzzySearchFFI as fuzzySearchNucleo, fuzzySearchFFI as fuzzySearchNucleoFFI, fuzzySearchFFI as fuzzySearchRawFFI, fuzzySearchFFI as fuzzySearchSkim, fuzzySearchFFI as fuzzySearchSkimFFI, fuzzySearchFFI as fuzzySearchSublime, fuzzySearchFFI as fuzzySearchSublimeFFI, };

// dist/compat/ironcode/git.d.ts
/** Git, through the `git` program. */
/** Counts that are 0 are left out. */
export interface VcsInfo {
    /** Of a commit without a branch, the first 7 characters of its hash. */
    branch: string;
    added?: number;
    modified?: number;
    deleted?: number;
}
export interface GitFileStatus {
    path: string;
    status: "added" | "modified" | "deleted" | "untracked";
    staged: boolean;
}
export interface GitStatus {
    branch: string;
    files: GitFileStatus[];
}
export interface GitBranchInfo {
    name: string;
    is_head: boolean;
}
export interface GitCommitResult {
    success: boolean;
    commit?: string;
}
/** `null`: there is no repository. An untracked folder counts once. */
export declare function getVcsInfoFFI(cwd?: string): VcsInfo | null;
/** A file that is staged and changed again has two rows. `null`: there is no repository. */
export declare function gitStatusDetailedFFI(cwd?: string): GitStatus | null;
/** Stages these files; without any, all changes. */
export declare function gitStageFilesFFI(cwd: string, paths?: string[]): void;
/** Takes these files out of the index again; without any, all. */
export declare function gitUnstageFilesFFI(cwd: string, paths?: string[]): void;
/** Commits what is staged; the project's hooks run. */
export declare function gitCommitFFI(cwd: string, message: string): GitCommitResult;
/** The local branches; none where there is no repository. */
export declare function gitListBranchesFFI(cwd?: string): GitBranchInfo[];
/** Changes to a branch; where changes would be lost, it does not. */
export declare function gitCheckoutBranchFFI(cwd: string, branchName: string): void;
/** The difference of a file as a patch; empty where there is none. */
export declare function gitFileDiffFFI(cwd: string, filePath: string, staged?: boolean): string;

// dist/compat/ironcode/locks.d.ts
/** Keyed locks by ticket, many readers or one writer: polled, as the earlier layer has them. `KeyedLock` is not. */
export interface LockAcquireResult {
    ticket: number;
    /** Whether it is held; else the ticket waits. */
    acquired: boolean;
}
export interface LockStats {
    total_locks: number;
    active_readers: number;
    active_writers: number;
    waiting_readers: number;
    waiting_writers: number;
}
export declare function lockAcquireReadFFI(key: string): LockAcquireResult;
/** Readers that come after a waiting writer wait, too. */
export declare function lockAcquireWriteFFI(key: string): LockAcquireResult;
/** Whether the ticket's turn has come, or is over. */
export declare function lockCheckReadFFI(key: string, ticket: number): boolean;
export declare function lockCheckWriteFFI(key: string, ticket: number): boolean;
/** Takes the lock for a ticket whose turn has come. */
export declare function lockFinalizeReadFFI(key: string, ticket: number): void;
export declare function lockFinalizeWriteFFI(key: string, ticket: number): void;
export declare function lockReleaseReadFFI(key: string): void;
export declare function lockReleaseWriteFFI(key: string): void;
export declare function lockGetStatsFFI(): LockStats;

// dist/compat/ironcode/output.d.ts
/** The record that five of the functions give. */
export interface Output {
    title: string;
    metadata: {
        count: number;
        truncated: boolean;
    };
    /** What a model is shown. */
    output: string;
}
/** What stands under a list that was cut. */
export declare const CUT = "(Results are truncated. Consider using a more specific path or pattern.)";
/** The most paths, or matching lines, that are given. */
export declare const RESULTS_MAX = 100;
/** The longest line that is given whole; in bytes. */
export declare const LINE_BYTES_MAX = 2000;
/** The beginning of a line that is too long, never cut inside a character. */
export declare function cutLine(line: string): string;

// dist/compat/ironcode/search.d.ts
/** Looking through a tree: glob, grep, ls, file list. */
import { type Output } from "./output.js";
/** Files whose absolute or relative path matches, newest first; hidden and ignored ones are left out. */
export declare function globFFI(pattern: string, search?: string): Output;
/** Lines that match a regular expression, in the last changed files first; ignored and hidden ones too. */
export declare function grepFFI(pattern: string, searchPath?: string, includeGlob?: string): Output;
/** The first 100 files of a folder as a tree, folders first; without those in folders of these names. */
export declare function lsFFI(searchPath: string, ignorePatterns?: string[]): Output;
/** The files of a tree, relative; one of the globs must match, and none of those with `!` before them. */
export declare function fileListFFI(cwd: string, globs?: string[], hidden?: boolean, follow?: boolean, maxDepth?: number): string[];

// dist/compat/ironcode/system.d.ts
/** The machine, and archives. */
/** `cpu_usage` is of this process, in percent of one core, since the last look. */
export interface SystemStats {
    cpu_usage: number;
    memory_used_mb: number;
    memory_total_mb: number;
    memory_percent: number;
}
/** This process in figures; it does not sleep for them. */
export declare function getSystemStatsFFI(): SystemStats;
/** Unpacks an archive into a folder: all of it or nothing, and nothing outside the folder. */
export declare function extractZipFFI(zipPath: string, destDir: string): void;

// dist/compat/ironcode/terminals.d.ts
/** Terminals by the caller's own ids, read when they are asked. */
export interface TerminalInfo {
    id: string;
    pid: number;
    cwd: string;
    status: "running" | "exited";
    title: string;
    command: string;
    args: string[];
}
export interface TerminalOutput {
    /** What was printed since the last call. */
    data: Uint8Array;
    /** What the ring holds, in bytes. */
    buffered_size: number;
}
export interface BufferInfo {
    size: number;
    limit: number;
    /** Parts of 64 KiB. */
    chunks: number;
}
/** Starts the user's shell in a new terminal. */
export declare function terminalCreateFFI(id: string, cwd: string | null, rows: number, cols: number): TerminalInfo;
/** Whether the program gets it: `false` where there is none, or too much waits already. */
export declare function terminalWriteFFI(id: string, data: string): boolean;
export declare function terminalReadFFI(id: string): TerminalOutput;
export declare function terminalResizeFFI(id: string, rows: number, cols: number): boolean;
/** Hangs up; the program and all that came from it end. */
export declare function terminalCloseFFI(id: string): boolean;
export declare function terminalGetInfoFFI(id: string): TerminalInfo;
export declare function terminalUpdateTitleFFI(id: string, title: string): boolean;
export declare function terminalCheckStatusFFI(id: string): "running" | "exited";
/** Whether the program has ended is known without it. */
export declare function terminalMarkExitedFFI(id: string): boolean;
/** What the ring holds; it keeps it. */
export declare function terminalGetBufferFFI(id: string): Uint8Array;
/** What the ring holds; it is empty then. */
export declare function terminalDrainBufferFFI(id: string): Uint8Array;
export declare function terminalClearBufferFFI(id: string): boolean;
export declare function terminalGetBufferInfoFFI(id: string): BufferInfo;
export declare function terminalListFFI(): TerminalInfo[];
/** Closes those whose program has ended and that nobody has read for so long; gives their ids. */
export declare function terminalCleanupIdleFFI(timeoutSecs: number): string[];

// dist/compat/ironcode/watchers.d.ts
/** Watchers that are asked. Their events come with the event loop, so a loop that never ends sees none. */
export interface WatcherEvent {
    path: string;
    event_type: "add" | "change" | "unlink";
    /** In milliseconds since 1970. */
    timestamp: number;
}
export interface WatcherInfo {
    id: string;
    path: string;
    ignore_patterns: string[];
    max_queue_size: number;
    event_count: number;
}
/** Watches a folder; the oldest event goes where the queue is full. */
export declare function watcherCreateFFI(id: string, path: string, ignorePatterns?: string[], maxQueueSize?: number): void;
/** The events since the last call. */
export declare function watcherPollEventsFFI(id: string): WatcherEvent[];
export declare function watcherPendingCountFFI(id: string): number;
export declare function watcherRemoveFFI(id: string): void;
export declare function watcherListFFI(): string[];
export declare function watcherGetInfoFFI(id: string): WatcherInfo;

// dist/compat/python-node.d.ts
/**
 * The API of `@platformatic/python-node`, for programs that were written for it. `docs/reference/compat.md` says what
 * differs; new programs take `ironbridge/asgi`.
 */
export { IronbridgeError } from "../error.js";
export { type AnyCondition, ExistenceCondition, GroupCondition, HeaderCondition, MethodCondition, NonExistenceCondition, PathCondition, } from "./python-node/conditions.js";
export { type HeaderMap, type HeaderMapValue, Headers } from "./python-node/headers.js";
export { Python, Python as PythonHandler, type PythonOptions } from "./python-node/python.js";
export { Request, type RequestOptions, type SocketInfo } from "./python-node/request.js";
export { Response, type ResponseOptions } from "./python-node/response.js";
export { type ConditionalRewriterConfig, type ConditionConfig, ConditionOperation, ConditionType, Rewriter, type RewriterConfig, RewriterType, } from "./python-node/rewriter-config.js";
export { type AnyRewriter, ConditionalRewriter, HeaderRewriter, HrefRewriter, MethodRewriter, PathRewriter, SequenceRewriter, } from "./python-node/rewriters.js";

// dist/compat/python-node/conditions.d.ts
/** Conditions on a request, for rewriters. */
import type { Request } from "./request.js";
/** What all conditions can do. */
declare abstract class Condition {
    abstract matches(request: Request): boolean;
    and(other: AnyCondition): GroupCondition;
    or(other: AnyCondition): GroupCondition;
}
export type AnyCondition = Condition;
/** Made by `and` and `or`. */
export declare class GroupCondition extends Condition {
    #private;
    private constructor();
    matches(request: Request): boolean;
}
export declare class PathCondition extends Condition {
    #private;
    constructor(path: string);
    matches(request: Request): boolean;
}
export declare class MethodCondition extends Condition {
    #private;
    constructor(method: string);
    matches(request: Request): boolean;
}
/** Of a header that has several values the first counts. */
export declare class HeaderCondition extends Condition {
    #private;
    constructor(header: string, value: string);
    matches(request: Request): boolean;
}
/** The path is that of a file or folder below the request's `docroot`; without one it does not hold. */
export declare class ExistenceCondition extends Condition {
    matches(request: Request): boolean;
}
/** It is none; without a `docroot` this does not hold either. */
export declare class NonExistenceCondition extends Condition {
    matches(request: Request): boolean;
}
export {};

// dist/compat/python-node/headers.d.ts
/** `Headers` of python-node: names without regard to case, each with its values in order. */
export type HeaderMapValue = string | string[];
export type HeaderMap = Record<string, HeaderMapValue>;
export declare class Headers {
    #private;
    constructor(options?: HeaderMap | null);
    /** The value that was set last. */
    get(key: string): string | null;
    getAll(key: string): string[];
    /** All values in one, comma between them. */
    getLine(key: string): string | null;
    has(key: string): boolean;
    /** Replaces all values; whether there were any. */
    set(key: string, value: HeaderMapValue): boolean;
    /** Puts a value behind those there are; whether there were any. */
    add(key: string, value: string): boolean;
    delete(key: string): boolean;
    clear(): void;
    /** How many names there are. */
    get size(): number;
    /** One for each value. */
    entries(): [string, string][];
    keys(): string[];
    values(): string[];
    forEach(callback: (value: string, name: string, headers: this) => void): void;
    /** Names with their value, or with an array where they have several. */
    toJSON(): HeaderMap;
}
export declare function headersOf(headers: Headers | HeaderMap | undefined): Headers;
export declare function collected(pairs: Iterable<readonly [string, string]>): Headers;

// dist/compat/python-node/python.d.ts
/** `Python` of python-node: an application, asked one request after the other. */
import { Request } from "./request.js";
import { Response } from "./response.js";
export interface PythonOptions {
    /** The folder of the application's modules, and its `root_path`. Default: the current one. */
    docroot?: string;
    /** `module:attribute`. Default: `main:app`. */
    appTarget?: string | {
        file: string;
        function: string;
    };
}
export declare class Python {
    #private;
    /** Throws `ERR_LOAD` where there is no such file; what it holds is known with the first request. */
    constructor(options?: PythonOptions | null);
    get docroot(): string;
    /** The reply in one piece. */
    handleRequest(request: Request, signal?: AbortSignal | null): Promise<Response>;
    /** As soon as its head is there; its body comes by `next`, or by iterating; of a WebSocket its messages do. */
    handleStream(request: Request, signal?: AbortSignal | null): Promise<Response>;
    /** The reply, while this thread stands still: another one asks. After 30 s it is an error `ERR_DEADLINE`. */
    handleRequestSync(request: Request): Response;
}

// dist/compat/python-node/request.d.ts
/** `Request` of python-node. */
import { type HeaderMap, Headers } from "./headers.js";
export interface SocketInfo {
    localAddress: string;
    localPort: number;
    localFamily: string;
    remoteAddress: string;
    remotePort: number;
    remoteFamily: string;
}
export interface RequestOptions {
    /** Default: `GET`. */
    method?: string;
    /** Whole, or path and query alone. */
    url: string;
    headers?: Headers | HeaderMap;
    body?: Buffer;
    socket?: SocketInfo;
    docroot?: string;
    /** A WebSocket: `write` sends its messages. */
    websocket?: boolean;
}
/** A URL as it came, in parts. */
export interface Target {
    scheme: string | undefined;
    authority: string | undefined;
    path: string;
    /** With its `?`, or empty. */
    query: string;
}
export declare function targetOf(url: string): Target;
export declare function textOf({ scheme, authority, path, query }: Target): string;
/** Who takes the messages of a WebSocket that is open. */
export interface Sink {
    write(chunk: Buffer | string): Promise<void>;
    end(): Promise<void>;
}
export declare class Request {
    #private;
    constructor(options: RequestOptions);
    get method(): string;
    set method(method: string);
    get url(): string;
    set url(url: string);
    get path(): string;
    get headers(): Headers;
    set headers(headers: Headers);
    get docroot(): string | null;
    set docroot(docroot: string);
    /** What the constructor was given. */
    get body(): Buffer | null;
    toJSON(): object;
    /** A part of the body, before the request is sent; of a WebSocket a message: a string is text, a Buffer is binary. */
    write(chunk: Buffer | string): Promise<void>;
    /** No more of the body follows; a WebSocket is closed. */
    end(): Promise<void>;
}

// dist/compat/python-node/response.d.ts
/** `Response` of python-node. */
import { type HeaderMap, Headers } from "./headers.js";
export interface ResponseOptions {
    /** Default: 200. */
    status?: number;
    headers?: Headers | HeaderMap;
    body?: Buffer;
    log?: Buffer;
    exception?: string;
}
/** Gives the parts of a body that comes in several; null is its end. */
export type Pull = () => Promise<Buffer | null>;
export declare class Response {
    #private;
    constructor(options?: ResponseOptions | null);
    get status(): number;
    set status(status: number);
    get headers(): Headers;
    set headers(headers: Headers);
    /** All of it, or null where it is streamed. */
    get body(): Buffer | null;
    get log(): Buffer;
    get exception(): string | null;
    toJSON(): object;
    /** The next part of the body, or the next message of a WebSocket; null at its end. */
    next(): Promise<Buffer | null>;
    [Symbol.asyncIterator](): AsyncGenerator<Buffer, void, void>;
}

// dist/compat/python-node/rewriter-config.d.ts
/** `Rewriter`: rewriters and their conditions from plain objects. */
import type { Request } from "./request.js";
export declare const ConditionOperation: {
    readonly And: "and";
    readonly Or: "or";
};
export type ConditionOperation = (typeof ConditionOperation)[keyof typeof ConditionOperation];
export declare const ConditionType: {
    readonly Path: "path";
    readonly Header: "header";
    readonly Method: "method";
    readonly Exists: "exists";
    readonly NotExists: "not_exists";
};
export type ConditionType = (typeof ConditionType)[keyof typeof ConditionType];
export declare const RewriterType: {
    readonly Path: "path";
    readonly Header: "header";
    readonly Method: "method";
    readonly Href: "href";
};
export type RewriterType = (typeof RewriterType)[keyof typeof RewriterType];
export interface ConditionConfig {
    type: ConditionType;
    args?: string[];
}
export interface RewriterConfig {
    type: RewriterType;
    args?: string[];
}
export interface ConditionalRewriterConfig {
    /** Whether all conditions have to hold, or one of them. Default: `and`. */
    operation?: ConditionOperation;
    /** Without any the rewriters are applied always. */
    conditions?: ConditionConfig[];
    rewriters: RewriterConfig[];
}
/** One after the other, in their order. */
export declare class Rewriter {
    #private;
    constructor(configs: ConditionalRewriterConfig[]);
    rewrite(request: Request, docroot?: string | null): Request;
}

// dist/compat/python-node/rewriters.d.ts
/** Rewriters: each gives a request anew, and leaves the one it was given as it is. */
import type { AnyCondition } from "./conditions.js";
import { type Request } from "./request.js";
/** What all rewriters can do. */
declare abstract class Step {
    /** The request as it becomes; `docroot` is what conditions look for files in. */
    rewrite(request: Request, docroot?: string | null): Request;
    /** This one, then the other. */
    then(other: AnyRewriter): SequenceRewriter;
    /** This one where the condition holds. */
    when(condition: AnyCondition): ConditionalRewriter;
}
export type AnyRewriter = Step;
/** Made by `then`. */
export declare class SequenceRewriter extends Step {
    #private;
    private constructor();
}
/** Made by `when`. */
export declare class ConditionalRewriter extends Step {
    #private;
    private constructor();
}
/** Replaces in the path; the query stays behind it. */
export declare class PathRewriter extends Step {
    #private;
    constructor(path: string, replacement: string);
}
/** Replaces in path and query; what becomes of it may be a whole URL. */
export declare class HrefRewriter extends Step {
    #private;
    constructor(href: string, replacement: string);
}
/** Replaces in the first value of a header, which is its only one then. */
export declare class HeaderRewriter extends Step {
    #private;
    constructor(header: string, value: string, replacement: string);
}
export declare class MethodRewriter extends Step {
    #private;
    constructor(method: string);
}
export {};

// dist/dialects.d.ts
/** Payloads of model servers: valid or not, and from one dialect to another. */
import { type CallOptions } from "./options.js";
/** OpenAI chat completions, OpenAI responses, Anthropic messages. */
export type Dialect = "chat" | "responses" | "messages";
export interface ValidationProblem {
    /** A JSON pointer: `/messages/0/content`. */
    path: string;
    message: string;
}
export interface Validation {
    valid: boolean;
    errors: ValidationProblem[];
}
/** What a translation could not carry as it was. */
export interface TranslationChange {
    path: string;
    kind: "dropped" | "changed";
    reason: string;
}
export interface Translation {
    payload: Record<string, unknown>;
    changes: TranslationChange[];
}
/** What the model that is asked can do. */
export interface TranslationTarget {
    outputTokensMax?: number;
    maxCompletionTokens?: boolean;
    adaptiveThinking?: boolean;
    neverReasons?: boolean;
}
/** Whether a request's payload is one of that dialect. */
export declare function validatePayload(payload: unknown, dialect: Dialect): boolean;
/** {@link validatePayload}, with every mistake. */
export declare function validatePayloadDetailed(payload: unknown, dialect: Dialect): Validation;
/** {@link validatePayload} on another thread. */
export declare function validatePayloadAsync(payload: unknown, dialect: Dialect, options?: CallOptions): Promise<boolean>;
/** {@link validatePayloadDetailed} on another thread. */
export declare function validatePayloadDetailedAsync(payload: unknown, dialect: Dialect, options?: CallOptions): Promise<Validation>;
/** A request in another dialect. */
export declare function translateRequest(payload: unknown, from: Dialect, to: Dialect, options?: {
    target?: TranslationTarget;
}): Translation;
/** {@link translateRequest} on another thread. */
export declare function translateRequestAsync(payload: unknown, from: Dialect, to: Dialect, options?: {
    target?: TranslationTarget;
} & CallOptions): Promise<Translation>;
export interface ResponseOptions {
    /** The request that is answered, as its client sent it (in the dialect `to`): names that were changed for the server are
     * put back. */
    request?: unknown;
    /** The target that request was translated for. */
    target?: TranslationTarget;
}
/** A whole reply, from the server's dialect to the client's. */
export declare function translateResponse(payload: unknown, from: Dialect, to: Dialect, options?: ResponseOptions): Translation;
/** {@link translateResponse} on another thread. */
export declare function translateResponseAsync(payload: unknown, from: Dialect, to: Dialect, options?: ResponseOptions & CallOptions): Promise<Translation>;
/** A streamed reply, from the server's dialect to the client's. Any cut of the stream gives the same bytes in sum. */
export declare class StreamTranslator {
    #private;
    constructor(from: Dialect, to: Dialect, options?: {
        request?: unknown;
    });
    /** Takes the server's next bytes; gives what is to be sent on. */
    push(bytes: Uint8Array): Buffer;
    /** The server has ended: an end without a finish becomes an error event, never a made-up finish. */
    end(): Buffer;
    /** What could not be carried so far. */
    get changes(): TranslationChange[];
}

// dist/error.d.ts
/** What goes wrong, with a stable `code` and the facts that Rust tells as properties. */
export declare class IronbridgeError extends Error {
    /** `ERR_` and capitals, as `ERR_NOT_FOUND`; `docs/reference/tools.md` lists them by tool. */
    readonly code: string;
    /** Facts beside the message: line numbers, nearest names, hashes. */
    readonly [detail: string]: unknown;
    constructor(code: string, message: string, details?: Record<string, unknown>, cause?: unknown);
}
/** From the JSON text of a failure, or whatever else was thrown. */
export declare function fromFailure(text: string, cause?: unknown): IronbridgeError;
export declare function invalidInput(message: string): IronbridgeError;

// dist/files.d.ts
/** Files: read, write, lines, edits, patches, archives. */
import type * as Types from "../types/tools.js";
import { type CallOptions } from "./options.js";
/** The options of a function: those of its tool that are not arguments, and those of every call. */
type Options<Input, Arguments extends keyof Input = never> = Omit<Input, Arguments | "path"> & CallOptions;
/** What `readFile` gives: an image or PDF has its bytes in `data`. */
export type ReadResult = Exclude<Types.ReadOutput, {
    kind: "media";
}> | MediaResult;
export type MediaResult = Omit<Extract<Types.ReadOutput, {
    kind: "media";
}>, "data"> & {
    data: Buffer;
};
/** Reads a text file in part or whole, an image or PDF whole, or a folder's names. */
export declare function readFile(path: string, options?: Options<Types.ReadInput>): Promise<ReadResult>;
/** Writes a text file whole, keeping encoding, byte-order mark and line endings of the one that is there. */
export declare function writeFile(path: string, content: string, options?: Options<Types.WriteInput, "content">): Promise<Types.WriteOutput>;
/** Creates a text file; one that exists is an error. */
export declare function createFile(path: string, content?: string, options?: Options<Types.CreateInput, "content">): Promise<Types.CreateOutput>;
/** Inserts lines before the line `line`. */
export declare function insertLines(path: string, line: number, content: string, options?: Options<Types.InsertLinesInput, "line" | "content">): Promise<Types.InsertLinesOutput>;
/** Replaces the lines from `start` to `end`, both included. */
export declare function replaceLines(path: string, start: number, end: number, content: string, options?: Options<Types.ReplaceLinesInput, "start" | "end" | "content">): Promise<Types.ReplaceLinesOutput>;
/** Deletes the lines from `start` to `end`, both included. */
export declare function deleteLines(path: string, start: number, end: number, options?: Options<Types.DeleteLinesInput, "start" | "end">): Promise<Types.DeleteLinesOutput>;
/** Replaces a text in a file that is remembered not quite exactly. */
export declare function editFile(path: string, old: string, replacement: string, options?: Options<Types.EditInput, "old" | "new">): Promise<Types.EditOutput>;
/** Makes several edits, of one file (`path`) or of each edit's own: all or none. */
export declare function multiEdit(edits: Types.MultiEditInput["edits"], options?: Omit<Types.MultiEditInput, "edits"> & CallOptions): Promise<Types.MultiEditOutput>;
/** Applies a patch in the format of `apply_patch`: all of it or nothing. */
export declare function applyPatch(patch: string, options?: Omit<Types.PatchInput, "patch"> & CallOptions): Promise<Types.PatchOutput>;
/** Packs files and folders into an archive. `from`: the folder whose name the entries do not bear. */
export declare function createArchive(path: string, sources: string[], options?: Omit<Options<Types.ArchiveInput, "sources">, "root"> & {
    from?: string;
} & CallOptions): Promise<Types.ArchiveOutput>;
/** Unpacks an archive into the folder `to`: all of it or nothing. */
export declare function extractArchive(path: string, to: string, options?: Options<Types.ExtractInput, "to">): Promise<Types.ExtractOutput>;
export {};

// dist/find.d.ts
/** Fuzzy search: in files by an index that stays, in lists. */
import type * as Types from "../types/tools.js";
import { Handle } from "./handle.js";
import { type CallOptions } from "./options.js";
import { type ListPathsOptions } from "./search.js";
/** UTF-16 units from 0, `end` not included. */
export interface MatchedRange {
    start: number;
    end: number;
}
export interface FileMatch {
    /** Relative to the root, with `/` between its parts. */
    path: string;
    folder: boolean;
    /** 1000 is a match without gaps at the start of a word, up to 1500 the more of the name it is. */
    score: number;
    ranges: MatchedRange[];
}
export interface FileIndexOptions extends CallOptions {
    /** Names that begin with a dot, too. Default: true. */
    hidden?: boolean;
    /** What rules of ignored files name is left out. Default: true. */
    respectIgnore?: boolean;
    /** Changes are followed. Default: true. */
    watch?: boolean;
}
export interface FileIndexFigures {
    entries: number;
    pathBytes: number;
    memoryBytes: number;
    /** Folders that could not be read. */
    unreadable: number;
    /** There are more than 4 GiB of paths; the rest is left out. */
    full: boolean;
    /** Why changes are not followed, or not all of them. */
    watchProblem: string | null;
}
/** What stops a call of something that is open. */
export type StopOptions = Pick<CallOptions, "signal" | "timeoutMs">;
/** What {@link FileIndex.list} takes; what is hidden or ignored was said when the index was opened. */
export type IndexListOptions = StopOptions & Pick<ListPathsOptions, "globs" | "depth" | "folders" | "order" | "limit"> & {
    /** The folder, from the index's root. Default: the root. */
    path?: string;
};
/** What {@link FileIndex.grep} takes. */
export type IndexGrepOptions = StopOptions & Omit<Types.GrepInput, "pattern" | "hidden" | "respectIgnore" | "countIgnored">;
/** What {@link FileIndex.search} and lists take. */
export interface SearchOptions extends StopOptions {
    /** Default: 20. */
    limit?: number;
}
/** All paths of a tree, kept in Rust and current: only the query goes in, only the best matches come out. */
export declare class FileIndex extends Handle {
    /**
     * Opens the tree at `path`. Does not wait for the walk: what it has found so far can be asked. A folder that is ignored
     * itself (`dist`, `node_modules`) is held whole, as every walk of it finds all: whoever names it asks for what is in it.
     */
    static open(path: string, options?: FileIndexOptions): Promise<FileIndex>;
    /** Waits until the first walk is over. */
    ready(options?: StopOptions): Promise<FileIndexFigures>;
    /** The best matches of what is in the index by now, best first; for an empty query the first. */
    search(query: string, options?: SearchOptions): Promise<FileMatch[]>;
    /**
     * Somebody who types: each of his queries looks only at what the one before left over, whatever others ask. It answers
     * as {@link FileIndex.search} does, also when the index is closed before it.
     */
    session(): Promise<FindSession>;
    /**
     * The files, as {@link listPaths} gives them, without a walk. What was done before the call is in the answer.
     */
    list(options?: IndexListOptions): Promise<string[]>;
    /** Lines that match, as {@link grep} gives them, without a walk; ignored files are not counted. */
    grep(pattern: string, options?: IndexGrepOptions): Promise<Types.GrepOutput>;
}
/** One caller's queries of a {@link FileIndex}. */
export declare class FindSession extends Handle {
    /** The best matches, best first; for an empty query the first. */
    search(query: string, options?: SearchOptions): Promise<FileMatch[]>;
}
export interface FoundFiles {
    /** Best first; paths as other functions take them. */
    matches: FileMatch[];
    /** Files and folders that were looked at. */
    entries: number;
    /** All of the tree was seen; `false`: the time was up before. */
    complete: boolean;
}
/** Files and folders that fit a query best, by a walk. Whoever asks twice keeps a {@link FileIndex}. */
export declare function findFiles(query: string, options?: Omit<Types.FindInput, "query"> & CallOptions): Promise<FoundFiles>;
export interface FuzzyMatch {
    /** The item's place in the list. */
    index: number;
    item: string;
    /** 1000 is a match without gaps at the start of a word. */
    score: number;
    ranges: MatchedRange[];
}
/**
 * The items that fit a query best, best first.
 *
 * Every call carries the whole list over to Rust. Whoever asks one list twice keeps it in a {@link FuzzyList}; whoever looks
 * for files takes {@link FileIndex}, which nobody has to fill.
 */
export declare function fuzzySearch(query: string, items: readonly string[], options?: SearchOptions): Promise<FuzzyMatch[]>;
/** A list that is kept in Rust. Queries that continue one another look only at what the one before left over. */
export declare class FuzzyList extends Handle {
    #private;
    static of(items: readonly string[], options?: CallOptions): Promise<FuzzyList>;
    /** As {@link fuzzySearch}. */
    search(query: string, options?: SearchOptions): Promise<FuzzyMatch[]>;
    /** Takes other items for all there are. */
    replace(items: readonly string[]): Promise<void>;
}

// dist/handle.d.ts
/** What stays in Rust between calls. */
/** Something in Rust that is kept until it is closed, or forgotten. */
export declare abstract class Handle {
    #private;
    /** The number under which Rust keeps it. */
    protected get handle(): number;
    /** Lets go of it; done when its threads and files are gone. A second time does nothing. */
    close(): Promise<void>;
    /** Makes it a closed one; the number under which Rust keeps it still, unless it was closed before. */
    protected leave(): number | undefined;
    [Symbol.asyncDispose](): Promise<void>;
}

// dist/index.d.ts
/**
 * Ironbridge for JavaScript: the tools of a coding agent, token counting, validation, translation and rate limits, native.
 *
 * Functions that return promises work on Rust's threads and take {@link CallOptions}; the others compute at once. Lines are
 * 1-based and inclusive; ranges in strings are UTF-16 units, in files bytes.
 */
export type * as Tools from "../types/tools.js";
export * from "./dialects.js";
export { IronbridgeError } from "./error.js";
export * from "./files.js";
export * from "./find.js";
export * from "./keyed-lock.js";
export type { CallOptions } from "./options.js";
export * from "./pty.js";
export type { Attachment, AttachOptions, TerminalSocket } from "./pty-socket.js";
export * from "./rate-limiter.js";
export * from "./repository.js";
export { type ListPathsOptions, glob, grep, listFiles, listPaths, listTree, } from "./search.js";
export * from "./snapshot.js";
export * from "./system.js";
export * from "./text.js";
export * from "./watch.js";

// dist/keyed-lock.d.ts
/** A read/write lock by key, for the program's own things. Plain JavaScript: what it takes is less than a crossing costs. */
/** What is locked: strings, numbers, objects; equal as in a `Map`. */
export interface KeyedLockOptions {
    /** Ends the wait: the promise is rejected with `ERR_CANCELLED`. What is held already stays so. */
    signal?: AbortSignal | undefined;
}
/** A key that is held, until `release` or the end of a `using` block. */
export declare class KeyedLockHold {
    #private;
    /** Lets go. A second time does nothing. */
    release(): void;
    [Symbol.dispose](): void;
}
/**
 * Many may hold a key to read, or one to write. Those who wait to write go first, in the order they came; readers wait
 * while anybody waits to write. Keys that nobody holds or waits for cost nothing, and no timer runs.
 *
 * A hold is not reentrant: who holds a key and waits for the same key to write waits for ever.
 */
export declare class KeyedLock<Key = string> {
    #private;
    /** The number of keys that are held or waited for. */
    get size(): number;
    /** How a key is held now. */
    state(key: Key): "free" | "read" | "write";
    /** Waits until nobody writes or waits to write, then holds the key to read. */
    read(key: Key, options?: KeyedLockOptions): Promise<KeyedLockHold>;
    /** Waits until nobody else holds the key, then holds it alone. */
    write(key: Key, options?: KeyedLockOptions): Promise<KeyedLockHold>;
    /** Holds the key to read if that needs no waiting. */
    tryRead(key: Key): KeyedLockHold | undefined;
    /** Holds the key alone if that needs no waiting. */
    tryWrite(key: Key): KeyedLockHold | undefined;
    /** Does `work` while the key is held to read, and gives what it gives. */
    withRead<T>(key: Key, work: () => T | PromiseLike<T>, options?: KeyedLockOptions): Promise<T>;
    /** Does `work` while the key is held alone, and gives what it gives. */
    withWrite<T>(key: Key, work: () => T | PromiseLike<T>, options?: KeyedLockOptions): Promise<T>;
}

// dist/options.d.ts
/** Options that all functions share. */
/** Where a call works and until when. */
export interface CallOptions {
    /** The folder relative paths start from. Default: `process.cwd()`. */
    cwd?: string;
    /** The folder that may not be left, from `cwd`; relative paths then start here. Default: a path may lead anywhere. */
    root?: string;
    /** Stops the call. The promise is rejected with `ERR_CANCELLED` once nothing of it happens any more. */
    signal?: AbortSignal;
    /** How long the call may take, in milliseconds; then `ERR_DEADLINE`, or what there is so far where the function says so. */
    timeoutMs?: number;
    /** Where snapshots, whole outputs of commands and the like are kept. Default: the platform's data folder. */
    state?: string;
    /** Other bounds than those of `docs/reference/tools.md`: `{read: {lines: 100}}`. */
    limits?: Record<string, Record<string, number>>;
    /** `"always"`: every command runs in a sandbox that writes only below `root` (or `cwd`) and reaches no network, whatever
     * its own options say. Default: `"asAsked"`, where `runShell` is given `sandbox`. */
    confine?: "asAsked" | "always";
    /** Whether what the call changes is copied for the newest {@link Snapshot} first. Default: once the project has one. */
    snapshots?: boolean;
}
/** The options of the call, and those of the tool. */
export declare function split<T extends CallOptions>(options: T | undefined): [CallOptions, Omit<T, keyof CallOptions>];
/** The place of a call as JSON text: `crates/node/src/place.rs`. */
export declare function placeOf(options: CallOptions): string;

// dist/pty-calls.d.ts
/** What is asked of terminals, at once: nothing here waits. `pty.ts` makes a class of it. */
import { type CallOptions } from "./options.js";
/** How a terminal is opened. */
export interface PtyOptions extends Omit<CallOptions, "timeoutMs"> {
    /** The folder its program starts in, from `cwd` or `root`. Default: that one. */
    folder?: string;
    /** Variables of its environment; `null` takes one out. `TERM` is `xterm-256color` unless it is given here. */
    env?: Record<string, string | null | undefined>;
    /** Whether it inherits `process.env`. Default: true. */
    inheritEnv?: boolean;
    /** What it is called. Default: the program. */
    title?: string;
    /** Characters in a line. Default: 80. */
    cols?: number;
    /** Lines. Default: 24. */
    rows?: number;
    /** Whether output is never cut inside a UTF-8 character. Default: true. */
    text?: boolean;
}
/** How a program ended: with an exit code, or by a signal such as `SIGHUP`. */
export interface PtyExit {
    exitCode: number | null;
    signal: string | null;
}
/** A terminal as it is at one moment. */
export interface PtyInfo extends PtyExit {
    /** Counted up, never used again in this process's thread. */
    id: number;
    /** Of its program. */
    pid: number;
    command: string;
    args: string[];
    cwd: string;
    title: string;
    cols: number;
    rows: number;
    /** `exited`: it has ended, and all it printed was told. */
    status: "running" | "exited";
}
/** What Rust keeps of a terminal's output, the last 2 MiB, in figures. */
export interface PtyBufferInfo {
    /** Bytes it has. */
    bytes: number;
    /** Bytes it can have. */
    limit: number;
    /** The size of the parts it is replayed in, in bytes. */
    partBytes: number;
    /** How many such parts it has now, the last of them maybe smaller. */
    parts: number;
    /** How many bytes were printed before its first. */
    start: number;
    /** How many bytes were printed. */
    end: number;
}
/** What happens to terminals. */
export type PtyLife = {
    event: "created" | "updated" | "exited";
    info: PtyInfo;
} | {
    event: "deleted";
    id: number;
};
/** A terminal, by the number under which Rust keeps it; not its `id`. */
export type Terminal = number;
export interface Opened {
    terminal: Terminal;
    info: PtyInfo;
}
/** Tells `listener`, the one there is, of the lives of all terminals. */
export declare function hearLives(listener: (life: PtyLife) => void): void;
/** Starts a program in a new terminal, on Rust's threads. */
export declare function open(command: string | undefined, args: string[], options: PtyOptions): Promise<Opened>;
/** The same on this thread, which it takes a fraction of a millisecond of. */
export declare function openNow(command?: string, args?: string[], options?: PtyOptions): Opened;
export declare function infoNow(terminal: Terminal): PtyInfo;
/** `ERR_INPUT_FULL` when 1 MiB waits for the program to read it: nothing was taken then. */
export declare function writeNow(terminal: Terminal, data: string | Uint8Array): void;
/** The same, and waits where `writeNow` refuses. */
export declare function writeAll(terminal: Terminal, bytes: Uint8Array, options: CallOptions): Promise<void>;
export declare function bytesOf(data: string | Uint8Array): Uint8Array;
/** What was printed since the last call, at most `max` bytes. */
export declare function readNow(terminal: Terminal, max?: number): Buffer;
/** All that is kept. */
export declare function peekNow(terminal: Terminal): Buffer;
/** All that is kept, which is forgotten. */
export declare function drainNow(terminal: Terminal): Buffer;
/** Forgets what is kept. */
export declare function clearNow(terminal: Terminal): void;
export declare function bufferNow(terminal: Terminal): PtyBufferInfo;
export declare function resizeNow(terminal: Terminal, cols: number, rows: number): void;
export declare function titleNow(terminal: Terminal, title: string): void;
/** Sends a signal to the program and all that came from it. */
export declare function killNow(terminal: Terminal, signal: string): void;
/** Hangs up and lets go: the life `deleted` says when all is gone. */
export declare function closeNow(terminal: Terminal): void;
/** A piece of output and how many bytes were printed before it. */
export interface Piece {
    offset: number;
    bytes: Buffer;
}
/** What is kept, with its offset. */
export declare function keptNow(terminal: Terminal): Piece;
/** What came so far; from here on `onData` gets what is printed. */
export declare function flowNow(terminal: Terminal, onData: (bytes: Buffer) => Promise<unknown> | undefined): Piece;
/** All terminals of this thread that are not deleted yet, oldest first. */
export declare function listNow(): PtyInfo[];
/** Closes those that printed nothing and were given nothing for so many seconds; their ids. */
export declare function cleanupIdleNow(seconds: number): number[];

// dist/pty-socket.d.ts
/** A terminal through a WebSocket: `docs/reference/terminal-socket.md` has the protocol. */
type Received = string | ArrayBuffer | ArrayBufferView | readonly ArrayBufferView[];
/** What is asked of a WebSocket: `ws` (npm), Bun's server sockets and those of browsers have it. */
export interface TerminalSocket {
    readonly readyState: number;
    send(data: string | Uint8Array): unknown;
    close(code?: number, reason?: string): void;
    /** Bun's server sockets have `getBufferedAmount` instead. */
    readonly bufferedAmount?: number;
    getBufferedAmount?(): number;
    binaryType?: string;
    /** Bun's server sockets have none: their messages are handed to {@link Attachment.receive}. */
    addEventListener?(event: string, listener: (event: {
        data?: unknown;
    }) => void): void;
    removeEventListener?(event: string, listener: (event: {
        data?: unknown;
    }) => void): void;
    /** Of `ws`. */
    pause?(): void;
    resume?(): void;
}
export interface AttachOptions {
    /** The replay begins here, for a client that comes again: how many bytes it has. Default: with all that is kept. */
    from?: number;
    /** What comes through the socket is neither typed nor changes the size. Default: false. */
    readOnly?: boolean;
}
/** A socket on a terminal. When the socket closes it ends; when the program ends the socket is closed. */
export declare class Attachment {
    #private;
    /** Fulfilled when the socket and the terminal have nothing to do with each other any more. */
    readonly closed: Promise<void>;
    /** Takes a message of the socket: for Bun's server sockets, which tell their server of messages and nobody else. */
    receive(message: Received): void;
    /** Ends it; the socket stays open. Bun's server sockets need it when they close. */
    readonly detach: () => void;
}
export {};

// dist/pty.d.ts
/** Programs in terminals: kept in Rust, what they print pushed as buffers. */
import { Handle } from "./handle.js";
import * as calls from "./pty-calls.js";
import type { PtyBufferInfo, PtyExit, PtyInfo } from "./pty-calls.js";
import { Attachment, type AttachOptions, type TerminalSocket } from "./pty-socket.js";
export type { PtyBufferInfo, PtyExit, PtyInfo } from "./pty-calls.js";
export interface PtyOptions extends calls.PtyOptions {
    /** Whether the program here stays alive while the one in the terminal runs. Default: true. */
    persistent?: boolean;
}
/** What one terminal tells of. */
export interface PtyEvents {
    /** It printed: the bytes, and how many were printed before them. */
    data: [bytes: Buffer, offset: number];
    /** Its program has ended, and all it printed was told. */
    exit: [exit: PtyExit];
    /** Its title or size was changed. */
    updated: [info: PtyInfo];
    /** It is gone. */
    deleted: [];
}
/** What all terminals of this JavaScript thread tell of. */
export interface AllPtyEvents {
    created: [info: PtyInfo];
    updated: [info: PtyInfo];
    exited: [info: PtyInfo];
    deleted: [id: number];
}
/**
 * A terminal and the program in it. Rust keeps the last 2 MiB of what it prints. When it is closed, or forgotten after
 * its end, it is gone with all that came from it.
 */
export declare class Pty extends Handle {
    #private;
    /** Fulfilled when the program has ended and all it printed was told. */
    readonly exited: Promise<PtyExit>;
    /**
     * Starts a program in a new terminal; without one, `bash` or else `sh` as a login shell. An aborted `signal` closes
     * the terminal.
     */
    static open(command?: string, args?: string[], options?: PtyOptions): Promise<Pty>;
    /** The same as `open`. */
    static spawn(command?: string, args?: string[], options?: PtyOptions): Promise<Pty>;
    /** All terminals of this JavaScript thread that are not gone, oldest first; those whose program has ended as well. */
    static list(): Promise<PtyInfo[]>;
    /** The one of that `id`, if it is not closed. */
    static get(id: number): Pty | undefined;
    /** Closes those that printed nothing and were given nothing for so many seconds; their ids. */
    static cleanupIdle(seconds: number): Promise<number[]>;
    static on<Name extends keyof AllPtyEvents>(event: Name, listener: (...values: AllPtyEvents[Name]) => unknown): void;
    static off<Name extends keyof AllPtyEvents>(event: Name, listener: (...values: AllPtyEvents[Name]) => unknown): void;
    private constructor();
    get id(): number;
    /** The number of its program. */
    get pid(): number;
    get title(): string;
    get cols(): number;
    get rows(): number;
    /** `exited` when its program has ended and all it printed was told. */
    get status(): "running" | "exited";
    /** What it exited with; `null` while it runs, and when a signal ended it. */
    get exitCode(): number | null;
    /** The signal that ended it, as `SIGHUP`. */
    get signal(): string | null;
    /** All of that, with its command, arguments and folder. */
    get info(): PtyInfo;
    /**
     * Tells `listener` what happens. The first listener of `data` is given what is kept of the output, then what comes.
     * The bytes that a promise it returns waits for count as not read: at 1 MiB of them the program waits as well.
     */
    on<Name extends keyof PtyEvents>(event: Name, listener: (...values: PtyEvents[Name]) => unknown): this;
    /** The same for the next time only. */
    once<Name extends keyof PtyEvents>(event: Name, listener: (...values: PtyEvents[Name]) => unknown): this;
    off<Name extends keyof PtyEvents>(event: Name, listener: (...values: PtyEvents[Name]) => unknown): this;
    /**
     * Gives `data` to the program as if it were typed. Done when it is taken: while 1 MiB waits for the program to read
     * it, this waits, too. One call's data follows that of the call before.
     */
    write(data: string | Uint8Array, options?: {
        signal?: AbortSignal;
    }): Promise<void>;
    /** What was printed since the last call, at most `max` bytes of it. */
    read(max?: number): Promise<Buffer>;
    /** All that is kept of the output. */
    peek(): Promise<Buffer>;
    /** All that is kept of the output, which is forgotten. */
    drain(): Promise<Buffer>;
    /** Forgets what is kept of the output. */
    clear(): Promise<void>;
    /** What is kept of the output, in figures. */
    bufferInfo(): Promise<PtyBufferInfo>;
    /** Changes its size; the program gets `SIGWINCH`. */
    resize(cols: number, rows: number): Promise<void>;
    setTitle(title: string): Promise<void>;
    /** Sends a signal, as `SIGTERM`, to the program and all that came from it. Default: `SIGHUP`, which ends a shell. */
    kill(signal?: string): Promise<void>;
    /** The program here stays alive while the one in the terminal runs, as it does by default. */
    ref(): this;
    /** The program here may end while the one in the terminal runs, which is hung up on then. */
    unref(): this;
    /**
     * Shows the terminal through a WebSocket: first what is kept, in parts of 64 KiB, then what is printed; what comes is
     * typed. `docs/reference/terminal-socket.md` has the protocol.
     */
    attach(socket: TerminalSocket, options?: AttachOptions): Attachment;
    /** Hangs up on the program, and kills it and all that came from it after a second; done when it is gone. */
    close(): Promise<void>;
}

// dist/rate-limiter.d.ts
/** Rate limits by key, in plain JavaScript: a crossing to Rust costs more than the check. */
export interface LimiterOptions {
    /** What a full bucket holds: a whole number from 1 to 1,000,000,000. */
    capacity: number;
    /** What it gains: from 0.001 to 1,000,000,000. */
    refillPerSecond: number;
}
export interface LimitCheck {
    allowed: boolean;
    /** What is left afterwards, whole. */
    remaining: number;
    /** In whole milliseconds: 0 when allowed; `Infinity` when the cost is over the capacity. */
    retryAfterMs: number;
}
/** Token buckets by key: at most 100,000 that are not full. */
export declare class RateLimiter {
    #private;
    constructor({ capacity, refillPerSecond }: LimiterOptions);
    /** Takes `cost` (a whole number under 2³²) if it is there. */
    check(key?: string, cost?: number): LimitCheck;
    /** Fills the bucket of `key`; without a key, all. */
    reset(key?: string): void;
}

// dist/repository.d.ts
/** A git repository that is kept open. */
import type * as Types from "../types/tools.js";
import { Handle } from "./handle.js";
import { type CallOptions } from "./options.js";
/**
 * A repository whose status is kept: where nothing was done since the last question, no git runs; where files were
 * changed, git is asked for those alone. What was done before the call is in the answer. Nothing runs between two
 * questions. On other systems than Linux, and where other repositories lie in this one, each is asked anew.
 */
export declare class GitRepository extends Handle {
    /** That of `path`, a file or folder in it. Default: that of the working folder. */
    static open(path?: string, options?: CallOptions): Promise<GitRepository>;
    /** Every changed file, as `gitStatus` gives them. */
    status(options?: Pick<CallOptions, "signal" | "timeoutMs">): Promise<Types.GitStatusOutput>;
}

// dist/search.d.ts
/** Looking through a tree once. */
import type * as Types from "../types/tools.js";
import { type CallOptions } from "./options.js";
/** Files whose paths match a pattern, newest first. */
export declare function glob(pattern: string, options?: Omit<Types.GlobInput, "pattern"> & CallOptions): Promise<Types.GlobOutput>;
/** Lines that match a regular expression. */
export declare function grep(pattern: string, options?: Omit<Types.GrepInput, "pattern"> & CallOptions): Promise<Types.GrepOutput>;
/** The files under a folder, at any depth. {@link listPaths} is quicker where only the paths are wanted. */
export declare function listFiles(path?: string, options?: Omit<Types.ListInput, "path"> & CallOptions): Promise<Types.ListOutput>;
/** What {@link listPaths} takes. */
export interface ListPathsOptions extends Omit<Types.ListInput, "path" | "details" | "order">, CallOptions {
    /** `none` is as they come, and quickest. Default: `path`. */
    order?: "none" | "path" | "newest";
}
/** The paths under a folder, from there, at any depth: only the paths, which cross as one text. */
export declare function listPaths(path?: string, options?: ListPathsOptions): Promise<string[]>;
/** A folder as a tree, a few levels deep. */
export declare function listTree(path?: string, options?: Omit<Types.TreeInput, "path"> & CallOptions): Promise<Types.TreeOutput>;

// dist/snapshot.d.ts
/** Snapshots of what calls change: see what has changed since one, and go back. */
import type * as Types from "../types/tools.js";
import { type CallOptions } from "./options.js";
/** Where snapshots are: `cwd` (or `root`) names the project, `state` the folder they are kept in. */
export interface SnapshotOptions extends CallOptions {
    /** `take`: files to copy at once, because a command will change them. Else: only these files, or what is in these
     * folders. */
    paths?: string[];
}
/** What {@link Snapshot.list} tells of each. */
export type SnapshotRow = Types.Listed;
/**
 * A moment to go back to.
 *
 * From the first {@link Snapshot.take} on, whatever a function of this package changes in the project is copied just before,
 * once for each snapshot; so a snapshot costs what is changed after it, not what there is. What commands change is not
 * seen: name those files in `paths`. The call option `snapshots: false` leaves a change out.
 */
export declare class Snapshot {
    #private;
    /** Never given twice in a project. */
    readonly id: number;
    private constructor();
    /** Takes one. `label`: at most 200 characters. */
    static take(options?: SnapshotOptions & {
        label?: string;
    }): Promise<Snapshot>;
    /** One that was taken earlier, by its id. Whether it is there is seen when it is used. */
    static of(id: number, options?: CallOptions): Snapshot;
    /** All of the project, the newest first. */
    static list(options?: CallOptions): Promise<SnapshotRow[]>;
    /** Forgets all that were taken longer ago than this; gives how many. */
    static forgetOld(olderThanSeconds: number, options?: CallOptions): Promise<number>;
    /** The files that were touched between this one and the next. */
    paths(options?: Pick<CallOptions, "signal" | "timeoutMs">): Promise<string[]>;
    /** What is not as it was. */
    diff(options?: Pick<SnapshotOptions, "paths" | "signal" | "timeoutMs">): Promise<Types.ChangedFile[]>;
    /**
     * Puts everything touched since back as it was. What is there now is kept in a snapshot of its own first: `undo` is that
     * one, missing where nothing was to be done.
     */
    restore(options?: Pick<SnapshotOptions, "paths" | "signal" | "timeoutMs">): Promise<{
        files: Types.RestoredFile[];
        undo?: Snapshot;
    }>;
    /** Forgets it. What earlier ones need of it is theirs from then on. */
    forget(options?: Pick<CallOptions, "signal" | "timeoutMs">): Promise<void>;
}

// dist/system.d.ts
/** Commands, git, the machine, locks between processes. */
import type * as Types from "../types/tools.js";
import { Handle } from "./handle.js";
import { type CallOptions } from "./options.js";
/** What a command printed, as it comes: never cut inside a character. */
export interface ShellChunk {
    stream: "stdout" | "stderr";
    text: string;
}
export interface RunShellOptions extends Omit<Types.ShellInput, "command" | "timeoutMs">, CallOptions {
    /** Called for each chunk; while JavaScript is behind by more than 1 MiB, the command waits. What it throws ends the
     * command and rejects the promise. */
    onChunk?: (chunk: ShellChunk) => void;
}
/** Runs a command. A time-out or an abort while it runs is a result, not an error: `ended` says so, its output is kept. */
export declare function runShell(command: string, options?: RunShellOptions): Promise<Types.ShellOutput>;
/** Branch, commit, upstream, counts of changed files. */
export declare function gitInfo(options?: Types.GitInfoInput & CallOptions): Promise<Types.GitInfoOutput>;
/** Every changed file. */
export declare function gitStatus(options?: Types.GitStatusInput & CallOptions): Promise<Types.GitStatusOutput>;
/** Differences as text and by file. */
export declare function gitDiff(options?: Types.GitDiffInput & CallOptions): Promise<Types.GitDiffOutput>;
/** Stages files, or all changes. */
export declare function gitStage(options: Types.GitStageInput & CallOptions): Promise<Types.GitStageOutput>;
/** Takes files out of the index again. */
export declare function gitUnstage(options: Types.GitUnstageInput & CallOptions): Promise<Types.GitUnstageOutput>;
/** Commits what is staged; the project's hooks run. */
export declare function gitCommit(message: string, options?: Omit<Types.GitCommitInput, "message"> & CallOptions): Promise<Types.GitCommitOutput>;
/** Lists branches; creates and switches. */
export declare function gitBranches(options?: Types.GitBranchesInput & CallOptions): Promise<Types.GitBranchesOutput>;
/** Commits, newest first. */
export declare function gitLog(options?: Types.GitLogInput & CallOptions): Promise<Types.GitLogOutput>;
/** The worktrees of the repository, the main one first. */
export declare function gitWorktrees(options?: Types.GitWorktreesInput & CallOptions): Promise<Types.GitWorktreesOutput>;
/** Checks a branch out in a folder of its own; gives all worktrees. */
export declare function gitAddWorktree(folder: string, options?: Omit<Types.GitAddWorktreeInput, "folder"> & CallOptions): Promise<Types.GitAddWorktreeOutput>;
/** Removes a worktree and its folder; gives those that are left. */
export declare function gitRemoveWorktree(folder: string, options?: Omit<Types.GitRemoveWorktreeInput, "folder"> & CallOptions): Promise<Types.GitRemoveWorktreeOutput>;
/** This process and the machine in figures. */
export declare function systemStats(options?: Types.StatsInput & CallOptions): Promise<Types.StatsOutput>;
export interface LockOptions extends CallOptions {
    /** Wait while somebody else holds it, until `signal` or `timeoutMs`. Default: true; else `ERR_LOCKED` at once. */
    wait?: boolean;
}
/** A lock that is held until it is closed, or the end of the process. */
export declare class FileLock extends Handle {
    /** Whose lock was taken over, because that process has died. */
    readonly takenOver: unknown;
    /** The same as `close`. */
    release(): Promise<void>;
}
/** Locks a path between processes, waiting while somebody else holds it. */
export declare function lockFile(path: string, options?: LockOptions): Promise<FileLock>;

// dist/text.d.ts
/** Pure functions of texts: at once, with twins on Rust's threads for inputs over 256 KB. */
import type { ParseShellInput, ParseShellOutput } from "../types/tools.js";
import type { Dialect } from "./dialects.js";
import { type CallOptions } from "./options.js";
/** Which vocabulary. `encoding` goes before `model`; without both it is o200k_base. */
export interface TokenOptions {
    /** A model's name: `gpt-5`, `claude-sonnet-4.5` … */
    model?: string;
    encoding?: "o200k_base" | "cl100k_base" | "p50k_base" | "p50k_edit" | "r50k_base";
}
/** A request's payload, in any dialect, or the list of its messages. */
export type CountedPayload = Record<string, unknown> | readonly unknown[];
export interface CountOptions extends TokenOptions {
    /** The dialect of a payload. Default: told from what only one of them has; what all have counts the same in each. */
    dialect?: Dialect;
}
/**
 * The number of tokens of a text, or of a whole request as its provider would report it: messages, tools and images by the
 * rules of the model's family. Exact for texts with an encoding or an OpenAI model, an estimate for others.
 *
 * A payload's own `model` counts where none is given. Over 256 KB it takes longer than a millisecond:
 * {@link countTokensAsync} does not hold up others.
 */
export declare function countTokens(input: string | CountedPayload, options?: CountOptions): number;
/** {@link countTokens} on another thread. */
export declare function countTokensAsync(input: string | CountedPayload, options?: CountOptions & CallOptions): Promise<number>;
/** The tokens of a text. */
export declare function encode(text: string, options?: TokenOptions): Uint32Array;
/** {@link encode} on another thread. */
export declare function encodeAsync(text: string, options?: TokenOptions & CallOptions): Promise<Uint32Array>;
/** The text of tokens; what is no UTF-8 becomes U+FFFD. */
export declare function decode(tokens: ArrayLike<number>, options?: TokenOptions): string;
/** {@link decode} on another thread. */
export declare function decodeAsync(tokens: ArrayLike<number>, options?: TokenOptions & CallOptions): Promise<string>;
export interface EditTextOptions {
    /** Every place instead of the only one. */
    replaceAll?: boolean;
    /** Take placeholders like `// ... existing code ...` in the new text literally. */
    allowOmission?: boolean;
}
/** A part of a text: UTF-16 units from 0, `end` not included; lines from 1, `lastLine` included. */
export interface TextRange {
    start: number;
    end: number;
    firstLine: number;
    lastLine: number;
}
export interface EditedText {
    content: string;
    /** How `old` was found: `simple`, `line-trimmed` … */
    strategy: string;
    /** What was replaced, in order: where it stood, and where its replacement stands. */
    ranges: {
        before: TextRange;
        after: TextRange;
    }[];
}
/** Replaces a text that is remembered not quite exactly. Everything outside `ranges` stays as it is. */
export declare function editText(content: string, old: string, replacement: string, options?: EditTextOptions): EditedText;
/** {@link editText} on another thread. */
export declare function editTextAsync(content: string, old: string, replacement: string, options?: EditTextOptions & CallOptions): Promise<EditedText>;
/** `cwd` is where the command would run. */
export type ParseShellOptions = Pick<ParseShellInput, "home"> & Omit<CallOptions, "signal" | "timeoutMs">;
/** Reads a shell command without running it: commands, the paths they touch, how safe they are. Spans are in UTF-16 units. */
export declare function parseShell(command: string, options?: ParseShellOptions): ParseShellOutput;
/** {@link parseShell} on another thread. */
export declare function parseShellAsync(command: string, options?: ParseShellOptions & CallOptions): Promise<ParseShellOutput>;

// dist/watch.d.ts
/** Changes in a tree, told as they happen. */
import type { Change } from "../types/tools.js";
import { Handle } from "./handle.js";
import { type CallOptions } from "./options.js";
export interface WatchOptions extends CallOptions {
    /** Names that begin with a dot, too. Default: true. */
    hidden?: boolean;
    /** What rules of ignored files name is left out. Default: true. */
    respectIgnore?: boolean;
    /** With more folders than may be watched: as many as may be, told by a change of kind `limit`. Default: an error. */
    partial?: boolean;
    /** Whether the program stays alive while it watches. Default: true. */
    persistent?: boolean;
}
/** Something that watches until it is closed. */
export declare class Watcher extends Handle {
    #private;
    close(): Promise<void>;
}
/** Watches a folder or file. When the promise is fulfilled, every change from now on is told. */
export declare function watch(path: string, onChanges: (changes: Change[]) => void, options?: WatchOptions): Promise<Watcher>;
