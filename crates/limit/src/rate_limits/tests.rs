use std::collections::HashMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::{Quota, Rate};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

fn quota(per_minute: u64, burst: u64) -> Option<Quota> {
    Some(Quota { rate: Rate::per_minute(per_minute).unwrap(), burst })
}

fn quotas(requests: u64, tokens: u64) -> Quotas {
    Quotas { requests: quota(requests, requests), tokens: quota(tokens, tokens) }
}

fn claim<'a>(key: &'a &'static str, quotas: &'a Quotas) -> Option<Claim<'a, &'static str>> {
    Some(Claim { key, quotas })
}

fn reached(refusal: RateRefusal) -> LimitReached {
    match refusal {
        RateRefusal::Limited(reached) => reached,
        RateRefusal::Crowded { .. } => panic!("{refusal}"),
    }
}

#[test]
fn what_one_key_refuses_no_other_loses() {
    let (client, model) = (quotas(60, 1_000), quotas(60, 300));
    let claims = [claim(&"alice", &client), claim(&"opus", &model)];
    let (mut limits, now) = (RateLimits::new(8), Instant::now());
    let _first = limits.take(claims, 200, now).unwrap();
    let refusal = reached(limits.take(claims, 200, now).unwrap_err());
    assert_eq!((refusal.position, refusal.unit, refusal.asked), (1, Unit::Tokens, 200));
    assert_eq!(refusal.standing, Standing { limit: 300, remaining: 100, reset: SECOND * 40 });
    assert_eq!(refusal.retry_after, RetryAfter::Wait(SECOND * 20));
    assert_eq!(refusal.to_string(), "200 tokens are asked for, 100 of 300 are left");
    let alice = limits.standing([claim(&"alice", &client)], now);
    assert_eq!(alice.requests.unwrap().remaining, 59);
    assert_eq!(alice.tokens.unwrap().remaining, 800);
}

#[test]
fn of_several_refusals_the_longest_is_told_and_never_is_longer_than_any() {
    let (slow, fast) = (quotas(1, 600), quotas(60, 60));
    let claims = [claim(&"slow", &slow), claim(&"fast", &fast)];
    let (mut limits, now) = (RateLimits::new(8), Instant::now());
    let _first = limits.take(claims, 60, now).unwrap();
    let refusal = reached(limits.take(claims, 10, now).unwrap_err());
    assert_eq!((refusal.position, refusal.unit), (0, Unit::Requests));
    assert_eq!(refusal.retry_after, RetryAfter::Wait(SECOND * 60));
    assert!(limits.take(claims, 10, now + SECOND * 60).is_ok(), "what was announced holds");
    let refusal = reached(limits.take(claims, 61, now + SECOND * 60).unwrap_err());
    assert_eq!((refusal.position, refusal.unit), (1, Unit::Tokens));
    assert_eq!(refusal.retry_after, RetryAfter::Never { asked: 61, most: 60 });
    let refused = limits.statistics().refused;
    assert_eq!(refused, PerUnit { requests: 1, tokens: 1 });
}

#[test]
fn settling_replaces_the_estimate_and_giving_back_undoes_it() {
    let client = quotas(10, 1_000);
    let claims = [claim(&"alice", &client), None];
    let (mut limits, now) = (RateLimits::new(8), Instant::now());
    let remaining = |limits: &RateLimits<_>| {
        let standing = limits.standing(claims, now);
        (standing.requests.unwrap().remaining, standing.tokens.unwrap().remaining)
    };
    let taken = limits.take(claims, 600, now).unwrap();
    assert_eq!(taken.tokens(), 600);
    limits.settle(taken, 100, now);
    assert_eq!(remaining(&limits), (9, 900));
    let taken = limits.take(claims, 600, now).unwrap();
    limits.give_back(taken, now);
    assert_eq!(remaining(&limits), (9, 900));
    let taken = limits.take(claims, 600, now).unwrap();
    limits.settle(taken, 1_900, now);
    assert_eq!(remaining(&limits), (8, 0), "the debt is 1,000");
    let refusal = reached(limits.take(claims, 500, now).unwrap_err());
    assert_eq!(refusal.retry_after, RetryAfter::Wait(SECOND * 90));
    assert_eq!(limits.statistics().granted, PerUnit { requests: 3, tokens: 1_800 });
}

#[test]
fn a_unit_or_a_key_without_limit_is_not_kept() {
    let only_requests = Quotas { requests: quota(1, 1), tokens: None };
    let (mut limits, now) = (RateLimits::new(8), Instant::now());
    let claims =
        [claim(&"alice", &only_requests), claim(&"opus", &Quotas { requests: None, tokens: None })];
    let taken = limits.take(claims, u64::MAX, now).unwrap();
    limits.settle(taken, 7, now);
    assert_eq!(limits.statistics().keys, 1);
    let standing = limits.standing(claims, now);
    assert_eq!(standing.requests, Some(Standing { limit: 1, remaining: 0, reset: SECOND * 60 }));
    assert_eq!(standing.tokens, None);
}

#[test]
fn a_key_claimed_twice_counts_once() {
    let client = quotas(10, 1_000);
    let (mut limits, now) = (RateLimits::new(8), Instant::now());
    let taken = limits.take([claim(&"a", &client), claim(&"a", &client)], 600, now).unwrap();
    assert_eq!(limits.standing([claim(&"a", &client)], now).tokens.unwrap().remaining, 400);
    limits.settle(taken, 0, now);
    assert_eq!(limits.standing([claim(&"a", &client)], now).tokens.unwrap().remaining, 1_000);
}

#[test]
fn other_quotas_keep_what_was_used() {
    let (before, after) = (quotas(60, 1_000), quotas(6, 500));
    let (mut limits, now) = (RateLimits::new(8), Instant::now());
    let taken = limits.take([claim(&"a", &before)], 700, now).unwrap();
    let _second = limits.take([claim(&"a", &after)], 100, now).unwrap();
    let standing = limits.standing([claim(&"a", &after)], now);
    assert_eq!(standing.tokens.unwrap().remaining, 200);
    assert_eq!(standing.requests.unwrap(), Standing { limit: 6, remaining: 5, reset: SECOND * 10 });
    limits.settle(taken, 600, now);
    assert_eq!(limits.standing([claim(&"a", &after)], now).tokens.unwrap().remaining, 300);
}

#[test]
fn who_took_before_a_reset_changes_nothing_after_it() {
    let client = quotas(10, 1_000);
    let claims = [claim(&"a", &client)];
    let (mut limits, now) = (RateLimits::new(8), Instant::now());
    let (small, large) =
        (limits.take(claims, 400, now).unwrap(), limits.take(claims, 500, now).unwrap());
    assert!(limits.reset(&"a"));
    assert!(!limits.reset(&"nobody"));
    let held = limits.take(claims, 1_000, now).unwrap();
    limits.give_back(small, now);
    assert!(limits.take(claims, 1, now).is_err(), "nothing comes back from before");
    limits.reset_all();
    assert_eq!(limits.statistics().keys, 0);
    let _new = limits.take(claims, 0, now).unwrap();
    limits.settle(large, 9_000, now);
    limits.give_back(held, now);
    assert_eq!(limits.standing(claims, now).tokens.unwrap().remaining, 1_000);
}

#[test]
fn idle_buckets_go_after_an_hour_but_not_in_debt_and_not_while_held() {
    let client = quotas(10, 60);
    let (mut limits, start) = (RateLimits::new(8), Instant::now());
    let held = limits.take([claim(&"held", &client)], 60, start).unwrap();
    let debtor = limits.take([claim(&"debtor", &client)], 60, start).unwrap();
    limits.settle(debtor, 60 * 70, start);
    drop(limits.take([claim(&"idle", &client)], 60, start).unwrap());
    for (after, keys) in [(HOUR - SECOND, 3), (HOUR, 2), (SECOND * 4_199, 2), (SECOND * 4_200, 1)] {
        limits.drop_idle(start + after);
        assert_eq!(limits.statistics().keys, keys, "after {after:?}");
    }
    limits.settle(held, 180, start + HOUR * 2);
    limits.drop_idle(start + HOUR * 2);
    assert_eq!(limits.statistics().keys, 1, "what was charged late counts");
    limits.drop_idle(start + HOUR * 3);
    assert_eq!(limits.statistics().keys, 0);
}

#[test]
fn traffic_alone_drops_what_is_idle() {
    let client = quotas(10, 60);
    let mut limits = RateLimits::new(1_000);
    let start = Instant::now();
    for key in 0..500_u32 {
        drop(limits.take([Some(Claim { key: &key, quotas: &client })], 1, start).unwrap());
    }
    for _ in 0..500 {
        let claims = [Some(Claim { key: &0, quotas: &client })];
        let taken = limits.take(claims, 0, start + HOUR * 2).unwrap();
        limits.give_back(taken, start + HOUR * 2);
    }
    assert_eq!(limits.statistics().keys, 1);
}

#[test]
fn without_a_place_a_new_key_is_refused_until_one_is_full_again() {
    let client = quotas(60, 60);
    let (mut limits, start) = (RateLimits::new(2), Instant::now());
    let held = limits.take([claim(&"a", &client)], 0, start).unwrap();
    drop(limits.take([claim(&"b", &client)], 0, start).unwrap());
    let refusal = limits.take([None, claim(&"c", &client)], 0, start).unwrap_err();
    assert_eq!(refusal, RateRefusal::Crowded { position: 1, keys_max: 2 });
    assert_eq!(limits.statistics().crowded, 1);
    let later = start + SECOND;
    assert!(limits.take([claim(&"c", &client)], 0, later).is_ok(), "b is full again");
    assert!(limits.take([claim(&"d", &client)], 0, later).is_err(), "a is full but held");
    limits.give_back(held, later);
    assert!(limits.take([claim(&"d", &client)], 0, later).is_ok());
    assert_eq!(limits.statistics().keys, 2);
}

/// Buckets that are kept for ever, asked one after the other: the plainest thing that can be right.
struct Plain {
    buckets: HashMap<u8, PerUnit<TokenBucket>>,
    start: Instant,
}

impl Plain {
    fn of(&mut self, key: u8, quotas: &Quotas) -> &mut PerUnit<TokenBucket> {
        let start = self.start;
        let bucket = |quota: Option<Quota>| {
            let quota = quota.unwrap();
            TokenBucket::new(quota.rate, quota.burst, start)
        };
        self.buckets.entry(key).or_insert_with(|| PerUnit {
            requests: bucket(quotas.requests),
            tokens: bucket(quotas.tokens),
        })
    }

    fn take(&mut self, keys: &[u8], quotas: &[Quotas], tokens: u64, now: Instant) -> bool {
        let before = self.buckets.clone();
        for key in keys {
            let buckets = self.of(*key, &quotas[usize::from(*key)]);
            if buckets.requests.try_take(1, now).is_err()
                || buckets.tokens.try_take(tokens, now).is_err()
            {
                self.buckets = before;
                return false;
            }
        }
        true
    }
}

#[derive(Debug, Clone)]
enum Step {
    Take { client: u8, model: Option<u8>, tokens: u64 },
    Settle { which: prop::sample::Index, tokens: u64 },
    GiveBack { which: prop::sample::Index },
    Forget { which: prop::sample::Index },
}

fn steps() -> impl Strategy<Value = Vec<(Duration, Step)>> {
    let which = any::<prop::sample::Index>;
    let step = prop_oneof![
        4 => (0_u8..5, prop::option::of(5_u8..8), 0_u64..40)
            .prop_map(|(client, model, tokens)| Step::Take { client, model, tokens }),
        2 => (which(), 0_u64..80).prop_map(|(which, tokens)| Step::Settle { which, tokens }),
        1 => which().prop_map(|which| Step::GiveBack { which }),
        1 => which().prop_map(|which| Step::Forget { which }),
    ];
    let pause = prop_oneof![
        4 => (0_u64..20_000).prop_map(Duration::from_millis),
        1 => (3_500_u64..8_000).prop_map(Duration::from_secs),
    ];
    prop::collection::vec((pause, step), 1..120)
}

proptest! {
    #![proptest_config(crate::property_config())]

    /// Every answer is the one that buckets kept for ever would have given, so: all or nothing, no
    /// unit lost or invented by settling, and nothing gained by having been dropped and made anew.
    #[test]
    fn agrees_with_buckets_that_are_never_dropped(
        rates in prop::collection::vec(((1_u64..30, 1_u64..5), (1_u64..90, 1_u64..60)), 8),
        steps in steps(),
    ) {
        let quotas: Vec<Quotas> = rates
            .into_iter()
            .map(|(requests, tokens)| Quotas {
                requests: quota(requests.0, requests.1),
                tokens: quota(tokens.0, tokens.1),
            })
            .collect();
        let start = Instant::now();
        let mut plain = Plain { buckets: HashMap::new(), start };
        let mut limits = RateLimits::new(100);
        let mut open: Vec<(Taken<2>, Vec<u8>)> = Vec::new();
        let mut now = start;
        for (pause, step) in steps {
            now += pause;
            match step {
                Step::Take { client, model, tokens } => {
                    let keys: Vec<u8> = [Some(client), model].into_iter().flatten().collect();
                    let claim_of = |key: &'_ u8| usize::from(*key);
                    let claims = [
                        keys.first().map(|key| Claim { key, quotas: &quotas[claim_of(key)] }),
                        keys.get(1).map(|key| Claim { key, quotas: &quotas[claim_of(key)] }),
                    ];
                    let expected = plain.take(&keys, &quotas, tokens, now);
                    match limits.take(claims, tokens, now) {
                        Ok(taken) => {
                            prop_assert!(expected);
                            open.push((taken, keys));
                        }
                        Err(refusal) => {
                            prop_assert!(!expected);
                            let reached = reached(refusal);
                            if let Some(wait) = reached.retry_after.delay() {
                                let mut later = Plain { buckets: plain.buckets.clone(), start };
                                prop_assert!(later.take(&keys, &quotas, tokens, now + wait));
                                let early = now + wait - Duration::from_nanos(1);
                                let mut later = Plain { buckets: plain.buckets.clone(), start };
                                prop_assert!(!later.take(&keys, &quotas, tokens, early));
                            }
                        }
                    }
                }
                Step::Settle { which, tokens } if !open.is_empty() => {
                    let (taken, keys) = open.swap_remove(which.index(open.len()));
                    for key in keys {
                        let bucket = &mut plain.of(key, &quotas[usize::from(key)]).tokens;
                        bucket.charge(tokens.saturating_sub(taken.tokens()), now);
                        bucket.refund(taken.tokens().saturating_sub(tokens), now);
                    }
                    limits.settle(taken, tokens, now);
                }
                Step::GiveBack { which } if !open.is_empty() => {
                    let (taken, keys) = open.swap_remove(which.index(open.len()));
                    for key in keys {
                        let buckets = plain.of(key, &quotas[usize::from(key)]);
                        buckets.requests.refund(1, now);
                        buckets.tokens.refund(taken.tokens(), now);
                    }
                    limits.give_back(taken, now);
                }
                Step::Forget { which } if !open.is_empty() => {
                    drop(open.swap_remove(which.index(open.len())));
                }
                _ => {}
            }
            for (key, quotas) in (0_u8..8).zip(&quotas) {
                let standing = limits.standing([Some(Claim { key: &key, quotas })], now);
                let expected = plain.of(key, quotas);
                prop_assert_eq!(standing.requests, Some(Standing::of(&expected.requests, now)));
                prop_assert_eq!(standing.tokens, Some(Standing::of(&expected.tokens, now)));
            }
        }
    }

    /// The promise itself, from what went in and came out alone: what is taken in a window, less
    /// what is given back in it, is at most the burst and what the rate brings. Few places, so
    /// that buckets are dropped and made anew all the time.
    #[test]
    fn no_window_grants_more_than_the_burst_and_the_rate(
        (per_minute, burst) in (1_u64..600, 1_u64..60),
        places in 1_usize..4,
        steps in steps(),
    ) {
        let quotas = Quotas { requests: None, tokens: quota(per_minute, burst) };
        let mut limits = RateLimits::new(places);
        let mut open: Vec<(Taken<2>, Vec<u8>)> = Vec::new();
        let mut flows: HashMap<u8, Vec<(Instant, i128)>> = HashMap::new();
        let mut now = Instant::now();
        for (pause, step) in steps {
            now += pause;
            let (keys, flow) = match step {
                Step::Take { client, model, tokens } => {
                    let claims = [
                        Some(Claim { key: &client, quotas: &quotas }),
                        model.as_ref().map(|key| Claim { key, quotas: &quotas }),
                    ];
                    let Ok(taken) = limits.take(claims, tokens, now) else { continue };
                    let keys: Vec<u8> = [Some(client), model].into_iter().flatten().collect();
                    open.push((taken, keys.clone()));
                    (keys, i128::from(tokens))
                }
                Step::Settle { which, tokens } if !open.is_empty() => {
                    let (taken, keys) = open.swap_remove(which.index(open.len()));
                    // Less only: more than the estimate is a debt, which the model test covers.
                    let used = tokens.min(taken.tokens());
                    let flow = i128::from(used) - i128::from(taken.tokens());
                    limits.settle(taken, used, now);
                    (keys, flow)
                }
                Step::GiveBack { which } if !open.is_empty() => {
                    let (taken, keys) = open.swap_remove(which.index(open.len()));
                    let flow = -i128::from(taken.tokens());
                    limits.give_back(taken, now);
                    (keys, flow)
                }
                _ => {
                    open.pop();
                    continue;
                }
            };
            prop_assert!(limits.statistics().keys <= places);
            for key in keys {
                flows.entry(key).or_default().push((now, flow));
            }
        }
        for flows in flows.values() {
            for first in 0..flows.len() {
                let mut used = 0_i128;
                for (at, flow) in &flows[first..] {
                    used += flow;
                    let window = i128::try_from((*at - flows[first].0).as_nanos()).unwrap();
                    let minute = 60_000_000_000_i128;
                    prop_assert!(used * minute <= i128::from(burst) * minute + i128::from(per_minute) * window);
                }
            }
        }
    }
}
