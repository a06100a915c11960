//! History by other prices: what exchanges cost is set anew, and every sum with it.

use crate::database::{Database, Lock, Row, StoreError, transaction};
use crate::exchange::Exchange;
use crate::list::{Cursor, Filter, PAGE_MAX};
use crate::rollup::{self, DAY_MS, HOUR_MS};
use crate::store::Store;
use crate::summary::Whole;
use crate::sums::Sums;
use crate::value::{Column, Value};
use std::collections::BTreeMap;

/// What an exchange costs, and by which prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// In 10⁻¹² USD.
    pub picodollars: u64,
    /// [`Exchange::price_version`].
    pub price_version: String,
}

/// What re-pricing did, or would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repriced {
    /// Exchanges that were looked at.
    pub looked_at: u64,
    /// Those whose cost or price changed.
    pub changed: u64,
    /// What all of them cost before, in 10⁻¹² USD.
    pub before_picodollars: u64,
    /// What they cost now.
    pub after_picodollars: u64,
}

/// By how much a sum changes.
#[derive(Clone, Copy, Debug, Default)]
struct Difference {
    priced: i64,
    picodollars: i64,
}

impl Difference {
    fn between(before: &Exchange, after: &Exchange) -> Self {
        // As they are added up, so that what is taken away is what was added.
        let (before, after) = (Sums::from(before), Sums::from(after));
        let signed = |sum: u64| i64::try_from(sum).unwrap_or(i64::MAX);
        Difference {
            priced: signed(after.priced) - signed(before.priced),
            picodollars: signed(after.cost_picodollars) - signed(before.cost_picodollars),
        }
    }

    fn add(&mut self, other: Difference) {
        self.priced += other.priced;
        self.picodollars = self.picodollars.saturating_add(other.picodollars);
    }

    fn values(self) -> [Value; 2] {
        [Value::Integer(self.priced), Value::Integer(self.picodollars)]
    }
}

/// What sets both columns; a sum that had stopped growing does not fall below nothing.
const SET: &str = "priced = priced + $1, \
                   cost_picodollars = CASE WHEN cost_picodollars + $2 < 0 THEN 0 ELSE cost_picodollars + $2 END";

impl Store {
    /// Sets anew what the exchanges of a filter cost, newest first, and all sums with it. `price` gives the new cost of
    /// one; `None`: it is left as it is. With `dry` nothing is written.
    ///
    /// Budgets are left alone: what was booked was booked. Gateways may go on writing meanwhile; where this is broken
    /// off, what was done is done, and a new call does the rest.
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn reprice(
        &mut self,
        filter: &Filter,
        dry: bool,
        price: impl Fn(&Exchange) -> Option<Cost>,
    ) -> Result<Repriced, StoreError> {
        let mut done = Repriced::default();
        let mut after: Option<Cursor> = None;
        loop {
            let page = self.list(filter, after.as_ref(), PAGE_MAX)?;
            let mut changed = Vec::new();
            for before in page.exchanges {
                done.looked_at += 1;
                let mut now = before.clone();
                if let Some(cost) = price(&before) {
                    now.cost_picodollars = Some(cost.picodollars);
                    now.price_version = Some(cost.price_version);
                }
                let cost = |of: &Exchange| of.cost_picodollars.unwrap_or(0);
                done.before_picodollars = done.before_picodollars.saturating_add(cost(&before));
                done.after_picodollars = done.after_picodollars.saturating_add(cost(&now));
                if now != before {
                    done.changed += 1;
                    changed.push((before, now));
                }
            }
            if !dry && !changed.is_empty() {
                transaction(self.database.as_mut(), |database| set(database, &changed))?;
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(done),
            }
        }
    }
}

fn set(database: &mut dyn Database, changed: &[(Exchange, Exchange)]) -> Result<(), StoreError> {
    database.lock(Lock::Entries)?;
    let mut spans = BTreeMap::<Row, Difference>::new();
    let mut wholes = BTreeMap::<(Whole, String), Difference>::new();
    for (before, now) in changed {
        let conditional = "UPDATE exchange SET cost_picodollars = $1, price_version = $2 WHERE id = $3 \
                           AND COALESCE(cost_picodollars, -1) = $4 RETURNING id";
        let was = before.cost_picodollars.map_or(Value::Integer(-1), |cost| cost.to_value());
        let values =
            [now.cost_picodollars.to_value(), now.price_version.to_value(), now.id.to_value(), was];
        if database.query(conditional, &values)?.is_empty() {
            // Forgotten, or set anew by another: the sums are right as they are.
            continue;
        }
        let difference = Difference::between(before, now);
        for span_ms in [HOUR_MS, DAY_MS] {
            spans.entry(rollup::place(now, span_ms)).or_default().add(difference);
        }
        if let Some(session) = &now.session {
            wholes.entry((Whole::Session, session.clone())).or_default().add(difference);
        }
        let linked = "SELECT conversation FROM link WHERE id = $1";
        let row = database.query(linked, &[now.id.to_value()])?.into_iter().next();
        if let Some(id) = row.and_then(|row| String::from_value(row.into_iter().next()?)) {
            wholes.entry((Whole::Conversation, id)).or_default().add(difference);
        }
    }
    let of_span = format!("UPDATE rollup SET {SET} WHERE {}", rollup::is_place(3));
    for (place, difference) in spans {
        let values: Vec<Value> = difference.values().into_iter().chain(place).collect();
        database.query(&of_span, &values)?;
    }
    let of_whole = format!("UPDATE summary SET {SET} WHERE kind = $3 AND id = $4");
    for ((kind, id), difference) in wholes {
        let values: Vec<Value> =
            difference.values().into_iter().chain([kind.to_value(), id.to_value()]).collect();
        database.query(&of_whole, &values)?;
    }
    Ok(())
}
