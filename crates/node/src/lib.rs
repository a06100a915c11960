//! The Node addon: the tools, tokens, dialects and rate limits of Ironbridge for JavaScript in Node and Bun.
