use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// Budgets that are reserved at the worst case and settled at the real cost.
///
/// A request reserves the most it can cost from every account it touches (its key, its domain, the
/// whole house), all or nothing; when it ends, the reservation is replaced by what it did cost. As
/// long as no request costs more than it reserved, `spent + reserved ≤ limit` holds for every
/// account, however many requests run at once. A request that breaks its worst case is still booked
/// truthfully, and [`Settled::over`] says by how much.
///
/// Amounts are whole units of the caller's choice (micro-dollars, tokens).
#[derive(Debug, Clone)]
pub struct Ledger<Account> {
    accounts: HashMap<Account, Balance>,
    outstanding: HashMap<u64, Outstanding<Account>>,
    next_id: u64,
}

/// One account's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Balance {
    /// The most that may be spent.
    pub limit: u64,
    /// What finished requests cost.
    pub spent: u64,
    /// What running requests may still cost.
    pub reserved: u64,
}

impl Balance {
    /// What can still be reserved; 0 when overspent.
    pub fn available(&self) -> u64 {
        self.limit.saturating_sub(self.spent).saturating_sub(self.reserved)
    }
}

#[derive(Debug, Clone)]
struct Outstanding<Account> {
    accounts: Vec<Account>,
    amount: u64,
}

/// A worst case that is set aside until [`Ledger::settle`]. Losing it keeps the amount reserved for
/// ever, so the owner settles it on every way out (with 0 when nothing was consumed).
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a reservation that is never settled blocks its budget"]
pub struct Reservation {
    id: u64,
    amount: u64,
}

impl Reservation {
    /// The amount set aside.
    pub fn amount(&self) -> u64 {
        self.amount
    }
}

/// What settling did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// Given back: reserved but not spent.
    pub returned: u64,
    /// Spent beyond the reservation: the worst case was not the worst.
    pub over: u64,
}

/// Why nothing was reserved or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// One account cannot bear the worst case. Accounts are named by their position in the request.
    #[error("budget exhausted: {asked} asked, {available} of {limit} available")]
    Exhausted {
        /// Index into the accounts given to [`Ledger::reserve`].
        position: usize,
        /// The amount asked for.
        asked: u64,
        /// What the account can still bear.
        available: u64,
        /// The account's limit.
        limit: u64,
    },
    /// No such account was opened.
    #[error("account {position} of the reservation was never opened")]
    Unknown {
        /// Index into the accounts given to [`Ledger::reserve`].
        position: usize,
    },
}

impl<Account: Eq + Hash + Clone> Ledger<Account> {
    /// No accounts.
    pub fn new() -> Self {
        Self { accounts: HashMap::new(), outstanding: HashMap::new(), next_id: 0 }
    }

    /// Opens an account, or changes the limit of an open one; what is spent and reserved stays.
    pub fn set_limit(&mut self, account: Account, limit: u64) {
        self.accounts.entry(account).or_default().limit = limit;
    }

    /// Sets what is already spent: read from storage at start, or 0 when a budget's period begins.
    /// Reservations stay.
    pub fn set_spent<A>(&mut self, account: &A, spent: u64)
    where
        Account: Borrow<A>,
        A: Eq + Hash + ?Sized,
    {
        if let Some(balance) = self.accounts.get_mut(account) {
            balance.spent = spent;
        }
    }

    /// Sets `amount` aside on every account, or on none. An account listed twice counts once.
    pub fn reserve(
        &mut self,
        accounts: &[Account],
        amount: u64,
    ) -> Result<Reservation, LedgerError> {
        for (position, account) in accounts.iter().enumerate() {
            let Some(balance) = self.accounts.get(account) else {
                return Err(LedgerError::Unknown { position });
            };
            let available = balance.available();
            if amount > available {
                let limit = balance.limit;
                return Err(LedgerError::Exhausted { position, asked: amount, available, limit });
            }
        }
        let mut distinct: Vec<Account> = Vec::with_capacity(accounts.len());
        for account in accounts {
            if !distinct.contains(account)
                && let Some(balance) = self.accounts.get_mut(account)
            {
                balance.reserved += amount;
                distinct.push(account.clone());
            }
        }
        let id = self.next_id;
        self.next_id += 1;
        self.outstanding.insert(id, Outstanding { accounts: distinct, amount });
        Ok(Reservation { id, amount })
    }

    /// Replaces the reservation by what was really spent.
    #[expect(clippy::needless_pass_by_value, reason = "moved, so that it is settled only once")]
    pub fn settle(&mut self, reservation: Reservation, spent: u64) -> Settled {
        let Reservation { id, amount } = reservation;
        if let Some(outstanding) = self.outstanding.remove(&id) {
            for account in &outstanding.accounts {
                if let Some(balance) = self.accounts.get_mut(account) {
                    balance.reserved = balance.reserved.saturating_sub(outstanding.amount);
                    balance.spent = balance.spent.saturating_add(spent);
                }
            }
        }
        Settled { returned: amount.saturating_sub(spent), over: spent.saturating_sub(amount) }
    }

    /// Closes an account. Running reservations settle on the accounts that remain.
    pub fn close<A>(&mut self, account: &A) -> Option<Balance>
    where
        Account: Borrow<A>,
        A: Eq + Hash + ?Sized,
    {
        self.accounts.remove(account)
    }

    /// The state of an account.
    pub fn balance<A>(&self, account: &A) -> Option<Balance>
    where
        Account: Borrow<A>,
        A: Eq + Hash + ?Sized,
    {
        self.accounts.get(account).copied()
    }

    /// Number of reservations not yet settled.
    pub fn outstanding(&self) -> usize {
        self.outstanding.len()
    }
}

impl<Account: Eq + Hash + Clone> Default for Ledger<Account> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ledger(limits: &[(&'static str, u64)]) -> Ledger<&'static str> {
        let mut ledger = Ledger::new();
        for (account, limit) in limits {
            ledger.set_limit(*account, *limit);
        }
        ledger
    }

    #[test]
    fn all_accounts_or_none() {
        let mut ledger = ledger(&[("key", 100), ("house", 30)]);
        let refused = ledger.reserve(&["key", "house"], 31);
        let expected = LedgerError::Exhausted { position: 1, asked: 31, available: 30, limit: 30 };
        assert_eq!(refused, Err(expected));
        assert_eq!(ledger.balance("key").unwrap().reserved, 0);
        let held = ledger.reserve(&["key", "house", "key"], 30).unwrap();
        assert_eq!(ledger.balance("key").unwrap().reserved, 30, "listed twice, counted once");
        assert_eq!(ledger.settle(held, 12), Settled { returned: 18, over: 0 });
        assert_eq!(ledger.balance("house").unwrap(), Balance { limit: 30, spent: 12, reserved: 0 });
        assert_eq!(ledger.reserve(&["nobody"], 0), Err(LedgerError::Unknown { position: 0 }));
    }

    #[test]
    fn a_broken_worst_case_is_booked_and_reported() {
        let mut ledger = ledger(&[("key", 10)]);
        let held = ledger.reserve(&["key"], 10).unwrap();
        assert_eq!(ledger.settle(held, 14), Settled { returned: 0, over: 4 });
        assert_eq!(ledger.balance("key").unwrap().spent, 14);
        assert_eq!(ledger.balance("key").unwrap().available(), 0);
        assert!(ledger.reserve(&["key"], 1).is_err());
    }

    #[test]
    fn limits_and_periods_change_under_running_requests() {
        let mut ledger = ledger(&[("key", 10)]);
        let held = ledger.reserve(&["key"], 10).unwrap();
        ledger.set_limit("key", 5);
        ledger.set_spent("key", 0);
        assert_eq!(ledger.balance("key").unwrap().available(), 0);
        ledger.settle(held, 3);
        assert_eq!(ledger.balance("key").unwrap().available(), 2);
        let held = ledger.reserve(&["key"], 2).unwrap();
        ledger.close("key");
        ledger.settle(held, 2);
        assert_eq!((ledger.balance("key"), ledger.outstanding()), (None, 0));
    }

    proptest! {
        #![proptest_config(crate::property_config())]

        /// Never overspends, and the books always agree with the reservations held.
        #[test]
        fn spent_and_reserved_stay_within_every_limit(
            limits in prop::collection::vec(0_u64..1_000, 3),
            steps in prop::collection::vec(
                (any::<bool>(), 0_u64..300, prop::sample::subsequence(vec![0_usize, 1, 2], 1..=3), 0_u64..=100),
                1..80,
            ),
        ) {
            let mut ledger = Ledger::new();
            for (account, limit) in limits.iter().enumerate() {
                ledger.set_limit(account, *limit);
            }
            let mut held: Vec<(Vec<usize>, Reservation)> = Vec::new();
            let mut spent = [0_u64; 3];
            for (settle, amount, accounts, percent) in steps {
                if settle && !held.is_empty() {
                    let (accounts, reservation) = held.remove(0);
                    let cost = reservation.amount() * percent / 100;
                    ledger.settle(reservation, cost);
                    for account in accounts {
                        spent[account] += cost;
                    }
                } else if let Ok(reservation) = ledger.reserve(&accounts, amount) {
                    held.push((accounts, reservation));
                }
                prop_assert_eq!(ledger.outstanding(), held.len());
                for (account, spent) in spent.iter().enumerate() {
                    let balance = ledger.balance(&account).unwrap();
                    let reserved: u64 = held
                        .iter()
                        .filter(|(accounts, _)| accounts.contains(&account))
                        .map(|(_, reservation)| reservation.amount())
                        .sum();
                    prop_assert_eq!((balance.spent, balance.reserved), (*spent, reserved));
                    prop_assert!(balance.spent + balance.reserved <= balance.limit);
                }
            }
        }
    }
}
