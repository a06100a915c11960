//! Budgets: what may be spent, what is, and what requests under way may still cost.
//!
//! A request reserves the most it can cost, in one transaction that looks at all budgets it counts against and takes from
//! all or from none. Its reservation lies in the database until the exchange is written there; the same transaction then
//! books what it truly cost. So `spent + reserved ≤ limit` holds however many requests and gateways there are. What a
//! gateway that was killed had reserved is given back once it is known to be gone (`presence`).
//!
//! That a budget lies where the exchanges do, and not in the memory of a gateway, costs a transaction before each request
//! of a key that has one, and nothing for any other (`docs/design/ledger.md`).

mod allowance;
mod release;
mod reserve;
mod reserving;
mod settle;

pub use allowance::{Allowance, AllowanceError, Span, Unit};
pub use reserve::{Balance, Exhausted};

pub(crate) use reserving::Reserving;
pub(crate) use settle::settle;

use serde::{Deserialize, Serialize};

/// What a request takes, or took, of one budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Whose: `key:`, `project:` or `model:` and its name.
    pub account: String,
    /// Which.
    pub unit: Unit,
    /// For how long.
    pub span: Span,
    /// How much, in the unit.
    pub amount: u64,
}

impl Claim {
    /// The account of a client key.
    #[must_use]
    pub fn account_of_key(id: &str) -> String {
        format!("{KEY}{id}")
    }

    /// The account of a project.
    #[must_use]
    pub fn account_of_project(name: &str) -> String {
        format!("{PROJECT}{name}")
    }

    /// The account of all models of a pattern.
    #[must_use]
    pub fn account_of_models(pattern: &str) -> String {
        format!("model:{pattern}")
    }
}

/// How the account of a key begins.
const KEY: &str = "key:";
/// How that of a project begins.
const PROJECT: &str = "project:";

/// More than any budget; a sum of sums stays within what a column holds.
const AMOUNT_MAX: u64 = 1 << 60;
