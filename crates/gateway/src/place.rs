//! Places for exchanges under way: part of room three.
//!
//! A bounded number of exchanges run at once. Beyond it requests wait in a bounded queue that serves its keys in turn,
//! so that one client's burst of sub-agents does not starve the others; beyond that they are refused at once, with
//! a `Retry-After`.

use crate::settings::Limits;
use ironbridge_limit::{Concurrency, FairQueue, Permit, QueueLimits};
use ironbridge_wire::{ApiError, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// A place for one exchange; free again when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    permit: Option<Permit>,
    places: Arc<Inner>,
}

/// Hands out places.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    free: Concurrency,
    queue: Mutex<FairQueue<String, oneshot::Sender<Permit>>>,
}

impl Places {
    pub(crate) fn new(limits: &Limits) -> Self {
        Places {
            inner: Arc::new(Inner {
                free: Concurrency::new(limits.concurrency_max as u64),
                queue: Mutex::new(FairQueue::new(queue_limits(limits))),
            }),
        }
    }

    /// Applies changed limits. Exchanges under way and requests in the queue stay.
    pub(crate) fn set_limits(&self, limits: &Limits) {
        self.inner.free.set_most(limits.concurrency_max as u64);
        self.inner.queue().set_limits(queue_limits(limits));
        self.inner.hand_on();
    }

    /// How many exchanges run and how many requests wait.
    pub(crate) fn load(&self) -> (u64, usize) {
        (self.inner.free.used(), self.inner.queue().len())
    }

    /// Waits for a place, at most `limits.queue_wait`, and says how long it took. Cancel safe: who leaves gives up the
    /// turn.
    pub(crate) async fn place(
        &self,
        key: &str,
        limits: &Limits,
    ) -> Result<(Place, Duration), ApiError> {
        let (sender, receiver) = oneshot::channel();
        let ticket = {
            let mut queue = self.inner.queue();
            // Whoever waits already goes first.
            if queue.is_empty()
                && let Some(permit) = self.inner.free.try_acquire()
            {
                return Ok((self.taken(permit), Duration::ZERO));
            }
            queue.push(key.to_owned(), sender).map_err(|_| too_busy("the queue is full"))?
        };
        let began = Instant::now();
        let _leave = Leave { inner: &self.inner, ticket };
        self.inner.hand_on();
        match tokio::time::timeout(limits.queue_wait, receiver).await {
            Ok(Ok(permit)) => Ok((self.taken(permit), began.elapsed())),
            Ok(Err(_)) | Err(_) => Err(too_busy("no place came free in time")),
        }
    }

    fn taken(&self, permit: Permit) -> Place {
        Place { permit: Some(permit), places: self.inner.clone() }
    }
}

impl Inner {
    fn queue(&self) -> MutexGuard<'_, FairQueue<String, oneshot::Sender<Permit>>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives free places to those whose turn it is.
    fn hand_on(&self) {
        let mut queue = self.queue();
        while !queue.is_empty() {
            let Some(mut permit) = self.free.try_acquire() else { return };
            // One who left gives the permit back, and the next one gets it.
            while let Some(next) = queue.pop() {
                match next.item.send(permit) {
                    Ok(()) => break,
                    Err(returned) => permit = returned,
                }
                if queue.is_empty() {
                    return;
                }
            }
        }
    }
}

/// Takes a waiting request out of the queue when it leaves early.
struct Leave<'a> {
    inner: &'a Inner,
    ticket: ironbridge_limit::Ticket,
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.inner.queue().remove(self.ticket);
        // A permit that was sent in the very moment of leaving was dropped with the receiver.
        self.inner.hand_on();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.permit.take();
        self.places.hand_on();
    }
}

fn queue_limits(limits: &Limits) -> QueueLimits {
    // One asker may hold half of the queue, so that another always finds a turn.
    QueueLimits { items_max: limits.queue_max, items_per_key_max: limits.queue_max.div_ceil(2) }
}

fn too_busy(why: &str) -> ApiError {
    ApiError::new(
        ErrorKind::Unavailable,
        format!("the gateway is at its limit of exchanges under way: {why}"),
    )
    .with_code("gateway_busy")
}
