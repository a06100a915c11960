//! One check of a request: at its client and at its model, in requests and in tokens.
//!
//! `cargo xtask bench pure` runs it; issue 3 §3 asks for 5,000,000 checks a second on one core.

#![forbid(unsafe_code)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use divan::Bencher;
use divan::counter::ItemsCount;
use ironbridge_limit::{Claim, Quota, Quotas, RateLimits};

const KEYS_MAX: usize = 200_000;
const TOKENS: u64 = 1_200;
/// Checks in one measured round: alone, one is as short as the clock that would measure it.
const CHECKS: usize = 1_000;
/// Between two requests; with [`generous`] quotas every one of them passes.
const STEP: Duration = Duration::from_micros(200);

fn main() {
    divan::main();
}

/// Enough for a request of [`TOKENS`] in every [`STEP`].
fn generous() -> Quotas {
    let per_minute = |count| Quota::per_minute(count).ok();
    Quotas { requests: per_minute(1_000_000), tokens: per_minute(1_000_000_000) }
}

fn model() -> Arc<str> {
    "claude-*".into()
}

fn clients(count: usize) -> Vec<Arc<str>> {
    (0..count).map(|number| format!("client-{number:08}").into()).collect()
}

/// The check alone.
#[divan::bench(args = [1, 1_000, 100_000])]
fn granted(bencher: Bencher, count: usize) {
    let (clients, model, quotas) = (clients(count), model(), generous());
    let mut limits = RateLimits::new(KEYS_MAX);
    let mut now = Instant::now();
    let mut turns = clients.iter().cycle();
    bencher.counter(ItemsCount::new(CHECKS)).bench_local(|| {
        for client in turns.by_ref().take(CHECKS) {
            now += STEP;
            let claims = [client, &model].map(|key| Some(Claim { key, quotas: &quotas }));
            drop(black_box(limits.take(black_box(claims), black_box(TOKENS), now)));
        }
    });
    assert_eq!(limits.statistics().refused.requests, 0, "the bench is of requests that pass");
}

/// As the gateway does for every request: taken on its way in, settled on its way out.
#[divan::bench(args = [1, 1_000, 100_000])]
fn granted_and_settled(bencher: Bencher, count: usize) {
    let (clients, model, quotas) = (clients(count), model(), generous());
    let mut limits = RateLimits::new(KEYS_MAX);
    let mut now = Instant::now();
    let mut turns = clients.iter().cycle();
    bencher.counter(ItemsCount::new(CHECKS)).bench_local(|| {
        for client in turns.by_ref().take(CHECKS) {
            now += STEP;
            let claims = [client, &model].map(|key| Some(Claim { key, quotas: &quotas }));
            if let Ok(taken) = limits.take(black_box(claims), black_box(TOKENS), now) {
                limits.settle(taken, black_box(TOKENS / 2), now);
            }
        }
    });
    assert_eq!(limits.statistics().refused.requests, 0, "the bench is of requests that pass");
}

/// A client that does not heed `Retry-After`.
#[divan::bench]
fn refused(bencher: Bencher) {
    let (clients, model) = (clients(1), model());
    let quotas = Quotas { requests: Quota::per_minute(1).ok(), tokens: Quota::per_minute(1).ok() };
    let mut limits = RateLimits::new(KEYS_MAX);
    let now = Instant::now();
    bencher.counter(ItemsCount::new(CHECKS)).bench_local(|| {
        for client in clients.iter().cycle().take(CHECKS) {
            let claims = [client, &model].map(|key| Some(Claim { key, quotas: &quotas }));
            drop(black_box(limits.take(black_box(claims), black_box(1), now)));
        }
    });
    assert_eq!(limits.statistics().granted.requests, 1, "the bench is of requests refused");
}
