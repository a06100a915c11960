//! Before a request: the most it can cost is set aside, or it is refused.

use super::{AMOUNT_MAX, Allowance, Claim, KEY, PROJECT, Span, Unit};
use crate::database::{Database, Lock, StoreError, transaction};
use crate::rollup::{DAY_MS, HOUR_MS};
use crate::store::{Store, insert};
use crate::value::{Column, Value};

/// How a budget stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// What ended requests took.
    pub spent: u64,
    /// What requests under way may take.
    pub reserved: u64,
}

/// One budget cannot bear the request. Nothing was taken from any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted {
    /// Which of the claims.
    pub position: usize,
    /// How it stands.
    pub balance: Balance,
}

/// The columns of a reservation.
const HOLD: &[&str] = &["exchange", "account", "unit", "span", "start_ms", "amount", "owner"];

impl Store {
    /// Sets `claims` aside for the exchange of that id, each from a budget of that limit: all, or none.
    ///
    /// They stay so until an entry of that id is written, whose [`booked`](crate::Entry::booked) says what it truly took,
    /// or until the gateway `owner` is known to be gone.
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn reserve(
        &mut self,
        owner: &str,
        exchange: &str,
        now_ms: u64,
        claims: &[(Claim, u64)],
    ) -> Result<Result<(), Exhausted>, StoreError> {
        // Two that take from the same budgets take in the same order, so that neither waits for the other.
        let mut order: Vec<usize> = (0..claims.len()).collect();
        order.sort_by_key(|at| {
            let claim = &claims[*at].0;
            (&claim.account, claim.unit, claim.span)
        });
        transaction(self.database.as_mut(), |database| {
            // Before anything is taken: who writes entries has their lock first, and takes from budgets then.
            for (claim, _) in claims {
                begin(database, claim, now_ms)?;
            }
            let mut taken: Vec<&Claim> = Vec::new();
            for position in order {
                let (claim, limit) = &claims[position];
                if let Some(balance) = take(database, claim, *limit, now_ms)? {
                    for claim in taken {
                        put_back(database, claim, now_ms)?;
                    }
                    return Ok(Err(Exhausted { position, balance }));
                }
                taken.push(claim);
            }
            let hold = |claim: &&Claim| {
                vec![
                    Value::text(exchange),
                    Value::text(&claim.account),
                    claim.unit.to_value(),
                    claim.span.to_value(),
                    claim.span.start_ms(now_ms).to_value(),
                    claim.amount.min(AMOUNT_MAX).to_value(),
                    Value::text(owner),
                ]
            };
            insert(database, "hold", HOLD, taken.iter().map(hold).collect(), "")?;
            Ok(Ok(()))
        })
    }

    /// How a budget stands at that moment.
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn balance(
        &mut self,
        account: &str,
        allowance: &Allowance,
        now_ms: u64,
    ) -> Result<Balance, StoreError> {
        let database = self.database.as_mut();
        let Allowance { unit, span, .. } = *allowance;
        match standing(database, account, unit, span, now_ms)? {
            Some(balance) => Ok(balance),
            None => Ok(Balance {
                spent: spent_before(database, account, unit, span, now_ms)?,
                reserved: 0,
            }),
        }
    }
}

/// Makes the row of a budget whose span has begun.
fn begin(database: &mut dyn Database, claim: &Claim, now_ms: u64) -> Result<(), StoreError> {
    let Claim { account, unit, span, .. } = claim;
    if standing(database, account, *unit, *span, now_ms)?.is_some() {
        return Ok(());
    }
    // What is counted from must not change until it is counted.
    database.lock(Lock::Entries)?;
    let spent = spent_before(database, account, *unit, *span, now_ms)?;
    let row = vec![
        Value::text(account),
        unit.to_value(),
        span.to_value(),
        span.start_ms(now_ms).to_value(),
        spent.to_value(),
        0_u64.to_value(),
    ];
    let columns = ["account", "unit", "span", "start_ms", "spent", "reserved"];
    insert(database, "budget", &columns, vec![row], "ON CONFLICT DO NOTHING").map(|_| ())
}

/// Takes a claim; gives how the budget stands where it cannot bear it.
fn take(
    database: &mut dyn Database,
    claim: &Claim,
    limit: u64,
    now_ms: u64,
) -> Result<Option<Balance>, StoreError> {
    if try_take(database, claim, limit, now_ms)? {
        return Ok(None);
    }
    let balance = standing(database, &claim.account, claim.unit, claim.span, now_ms)?;
    Ok(Some(balance.unwrap_or_default()))
}

fn try_take(
    database: &mut dyn Database,
    claim: &Claim,
    limit: u64,
    now_ms: u64,
) -> Result<bool, StoreError> {
    let sql = "UPDATE budget SET reserved = reserved + $1 WHERE account = $2 AND unit = $3 AND span = $4 \
               AND start_ms = $5 AND spent + reserved + $6 <= $7 RETURNING account";
    let amount = claim.amount.min(AMOUNT_MAX).to_value();
    let values = [
        amount.clone(),
        Value::text(&claim.account),
        claim.unit.to_value(),
        claim.span.to_value(),
        claim.span.start_ms(now_ms).to_value(),
        amount,
        limit.to_value(),
    ];
    Ok(!database.query(sql, &values)?.is_empty())
}

fn put_back(database: &mut dyn Database, claim: &Claim, now_ms: u64) -> Result<(), StoreError> {
    let sql = "UPDATE budget SET reserved = reserved - $1 WHERE account = $2 AND unit = $3 AND span = $4 \
               AND start_ms = $5";
    let values = [
        claim.amount.min(AMOUNT_MAX).to_value(),
        Value::text(&claim.account),
        claim.unit.to_value(),
        claim.span.to_value(),
        claim.span.start_ms(now_ms).to_value(),
    ];
    database.query(sql, &values).map(|_| ())
}

fn standing(
    database: &mut dyn Database,
    account: &str,
    unit: Unit,
    span: Span,
    now_ms: u64,
) -> Result<Option<Balance>, StoreError> {
    let sql = "SELECT spent, reserved FROM budget WHERE account = $1 AND unit = $2 AND span = $3 AND start_ms = $4";
    let values =
        [Value::text(account), unit.to_value(), span.to_value(), span.start_ms(now_ms).to_value()];
    let row = database.query(sql, &values)?.into_iter().next();
    let balance = |row: Vec<Value>| {
        let mut cells = row.into_iter();
        let spent = Column::from_value(cells.next()?)?;
        Some(Balance { spent, reserved: Column::from_value(cells.next()?)? })
    };
    row.map(|row| balance(row).ok_or(StoreError::Unreadable { table: "budget" })).transpose()
}

/// What a key or a project spent in the span before it had a budget. What models spent together is not summed up by patterns: their
/// budgets begin when they are made.
fn spent_before(
    database: &mut dyn Database,
    account: &str,
    unit: Unit,
    span: Span,
    now_ms: u64,
) -> Result<u64, StoreError> {
    let of_key = account.strip_prefix(KEY).map(|key| ("key_id", key));
    let of_project = || account.strip_prefix(PROJECT).map(|name| ("project", name));
    let Some((column, owner)) = of_key.or_else(of_project) else { return Ok(0) };
    let amount = match unit {
        Unit::Money => "cost_picodollars",
        Unit::Tokens => {
            "input_tokens + output_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens"
        }
        Unit::Requests => "completed + client_aborts",
    };
    let sql = format!(
        "SELECT CAST(COALESCE(SUM({amount}), 0) AS BIGINT) FROM rollup WHERE span_ms = $1 AND start_ms >= $2 \
         AND {column} = $3"
    );
    let rows_of = if span == Span::Total { DAY_MS } else { HOUR_MS };
    let values = [rows_of.to_value(), span.start_ms(now_ms).to_value(), Value::text(owner)];
    let row = database.query(&sql, &values)?.into_iter().next();
    let sum = row.and_then(|row| u64::from_value(row.into_iter().next()?));
    Ok(sum.unwrap_or(0).min(AMOUNT_MAX))
}
