//! Budgets: never overspent, booked once, also beside other gateways and after a kill.

use crate::databases::on_each;
use crate::sample::whole;
use ironbridge_ledger::{Address, Allowance, Balance, Claim, Entry, Exchange, Exhausted, Store};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

const NOW_MS: u64 = 1_763_728_567_000;
const DAY_MS: u64 = 86_400_000;
/// Who reserves, where it makes no difference.
const GATEWAY: &str = "gateway";

fn allowance(text: &str) -> Allowance {
    text.parse().expect("an allowance")
}

fn claim(account: &str, of: &str, amount: u64) -> (Claim, u64) {
    let Allowance { unit, span, limit } = allowance(of);
    (Claim { account: account.to_owned(), unit, span, amount }, limit)
}

/// The entry of an exchange that ended and took so much.
fn ended(id: &str, began_ms: u64, took: &[(Claim, u64)]) -> Entry {
    let booked = took.iter().map(|(claim, _)| claim.clone()).collect();
    Entry { exchange: whole(id, began_ms), booked, ..Entry::default() }
}

fn open(address: &Address) -> Store {
    Store::open(address, false).expect("opens")
}

#[test]
fn what_was_reserved_is_replaced_by_what_was_taken_once() {
    on_each(|address| {
        let (mut store, limit) = (open(address), "100tokens/day");
        let mut ask = |id: &str, amount| {
            store.reserve(GATEWAY, id, NOW_MS, &[claim("key:a", limit, amount)]).expect("asks")
        };
        assert_eq!((ask("1", 60), ask("2", 40)), (Ok(()), Ok(())));
        let full = Balance { spent: 0, reserved: 100 };
        assert_eq!(ask("3", 1), Err(Exhausted { position: 0, balance: full }));
        let entry = ended("1", NOW_MS, &[claim("key:a", limit, 25)]);
        // Read twice, as after a crash.
        for _ in 0..2 {
            store.write(&[entry.clone(), entry.clone()]).expect("writes");
        }
        let mut balance =
            |now_ms| store.balance("key:a", &allowance(limit), now_ms).expect("reads");
        assert_eq!(balance(NOW_MS), Balance { spent: 25, reserved: 40 });
        // The next day has a budget of its own, and what was reserved today ends today.
        assert_eq!(balance(NOW_MS + DAY_MS), Balance::default());
        store.write(&[ended("2", NOW_MS, &[claim("key:a", limit, 41)])]).expect("writes");
        let balance = store.balance("key:a", &allowance(limit), NOW_MS).expect("reads");
        assert_eq!(balance, Balance { spent: 66, reserved: 0 });
    });
}

#[test]
fn of_several_budgets_all_are_taken_from_or_none() {
    on_each(|address| {
        let mut store = open(address);
        let ask = |store: &mut Store, id: &str| {
            let claims = [
                claim("key:a", "100tokens", 10),
                claim("model:claude-*", "1USD/month", 400_000_000_000),
                claim("key:a", "5requests/day", 1),
            ];
            store.reserve(GATEWAY, id, NOW_MS, &claims).expect("asks")
        };
        assert_eq!((ask(&mut store, "1"), ask(&mut store, "2")), (Ok(()), Ok(())));
        let balance = Balance { spent: 0, reserved: 800_000_000_000 };
        assert_eq!(ask(&mut store, "3"), Err(Exhausted { position: 1, balance }));
        for (account, of, reserved) in [("key:a", "100tokens", 20), ("key:a", "5requests/day", 2)] {
            let balance = store.balance(account, &allowance(of), NOW_MS).expect("reads");
            assert_eq!(balance, Balance { spent: 0, reserved }, "{account}");
        }
    });
}

#[test]
fn a_budget_begins_with_what_its_key_has_spent_already() {
    on_each(|address| {
        let mut store = open(address);
        let of_key = |id: &str, began_ms| Exchange {
            key_id: Some("a".into()),
            cost_picodollars: Some(7),
            ..whole(id, began_ms)
        };
        let months_ago = NOW_MS - 70 * DAY_MS;
        store.write(&[of_key("1", months_ago).into(), of_key("2", NOW_MS).into()]).expect("writes");
        for (of, spent) in [("1USD", 14), ("1USD/month", 7), ("1USD/day", 7)] {
            let balance = store.balance("key:a", &allowance(of), NOW_MS).expect("reads");
            assert_eq!(balance, Balance { spent, reserved: 0 }, "{of}");
            store
                .reserve(GATEWAY, &format!("3{of}"), NOW_MS, &[claim("key:a", of, 1)])
                .expect("asks")
                .expect("passes");
            let balance = store.balance("key:a", &allowance(of), NOW_MS).expect("reads");
            assert_eq!(balance, Balance { spent, reserved: 1 }, "{of}");
        }
    });
}

/// What happens, in order: a request of so much that will take so much, or the end of one under way.
fn history() -> impl Strategy<Value = Vec<(u64, u64, bool)>> {
    prop::collection::vec((1..60_u64, 0..60_u64, any::<bool>()), 1..40)
}

#[test]
fn never_is_more_spent_than_the_limit() {
    on_each(|address| {
        let cases = if format!("{address:?}").starts_with("sqlite") { 60 } else { 10 };
        let config = Config {
            cases,
            failure_persistence: None,
            rng_seed: RngSeed::Fixed(0x0B00_B005),
            ..Config::default()
        };
        let store = std::cell::RefCell::new(open(address));
        let number = std::cell::Cell::new(0_u32);
        TestRunner::new(config)
            .run(&history(), |steps| {
                number.set(number.get() + 1);
                let (account, of) = (format!("key:{}", number.get()), "100tokens/month");
                let mut store = store.borrow_mut();
                let (mut under_way, mut spent, mut reserved) = (Vec::new(), 0, 0);
                for (step, (amount, took, ends)) in steps.into_iter().enumerate() {
                    if ends && !under_way.is_empty() {
                        let (id, amount, took): (String, u64, u64) = under_way.remove(0);
                        store
                            .write(&[ended(&id, NOW_MS, &[claim(&account, of, took)])])
                            .expect("writes");
                        spent += took;
                        reserved -= amount;
                    } else {
                        let id = format!("{}-{step}", number.get());
                        let asked =
                            store.reserve(GATEWAY, &id, NOW_MS, &[claim(&account, of, amount)]);
                        let passes = spent + reserved + amount <= 100;
                        prop_assert_eq!(asked.expect("asks").is_ok(), passes);
                        if passes {
                            reserved += amount;
                            // No more than was reserved, as long as the estimate holds.
                            under_way.push((id, amount, took.min(amount)));
                        }
                    }
                    let balance = store.balance(&account, &allowance(of), NOW_MS).expect("reads");
                    prop_assert_eq!(balance, Balance { spent, reserved });
                    prop_assert!(spent + reserved <= 100);
                }
                Ok(())
            })
            .unwrap_or_else(|error| panic!("{error}"));
    });
}

#[test]
fn gateways_that_take_from_one_budget_at_once_never_take_more_than_there_is() {
    on_each(|address| {
        open(address);
        let taken: usize = std::thread::scope(|scope| {
            let gateway = |number: usize| {
                scope.spawn(move || {
                    let mut store = open(address);
                    (0..20)
                        .filter(|step| {
                            let id = format!("{number}-{step}");
                            let claims = [
                                claim("key:a", "50requests", 1),
                                claim("model:*", "70requests/day", 1),
                            ];
                            // Where another has the database for too long the same is asked again.
                            loop {
                                match store.reserve(GATEWAY, &id, NOW_MS, &claims) {
                                    Ok(reserved) => return reserved.is_ok(),
                                    Err(error) => assert!(error.is_transient(), "{error}"),
                                }
                            }
                        })
                        .count()
                })
            };
            let gateways: Vec<_> = (0..4).map(gateway).collect();
            gateways.into_iter().map(|gateway| gateway.join().expect("no panic")).sum()
        });
        assert_eq!(taken, 50);
        let balance = open(address).balance("model:*", &allowance("70requests/day"), NOW_MS);
        assert_eq!(balance.expect("reads"), Balance { spent: 0, reserved: 50 });
    });
}

#[test]
fn what_is_reserved_after_its_record_was_written_is_given_back_by_who_reserved_it() {
    on_each(|address| {
        let (mut store, limit) = (open(address), "100tokens/day");
        let balance =
            |store: &mut Store| store.balance("key:a", &allowance(limit), NOW_MS).expect("reads");
        // The client left, its record came first, and the reservation after it.
        store.write(&[ended("1", NOW_MS, &[claim("key:a", limit, 0)])]).expect("writes");
        let claims = [claim("key:a", limit, 60)];
        store.reserve(GATEWAY, "1", NOW_MS, &claims).expect("asks").expect("passes");
        assert_eq!(balance(&mut store), Balance { spent: 0, reserved: 60 });
        for _ in 0..2 {
            store.release("1").expect("gives back");
            assert_eq!(balance(&mut store), Balance::default());
        }
        // The other way round the record has taken it out already.
        store.reserve(GATEWAY, "2", NOW_MS, &claims).expect("asks").expect("passes");
        store.write(&[ended("2", NOW_MS, &[claim("key:a", limit, 7)])]).expect("writes");
        store.release("2").expect("gives back");
        assert_eq!(balance(&mut store), Balance { spent: 7, reserved: 0 });
    });
}
