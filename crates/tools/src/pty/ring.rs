//! The last bytes of a stream without end.

/// What a ring has room for at first; small in tests, so that they see it grow.
const FIRST_BYTES: usize = if cfg!(test) { 4 } else { 4 * 1024 };

/// Keeps the last bytes that were pushed, in one piece of memory whose size is a power of two; a push is at most two
/// copies, but where the memory grows. Every byte has an offset: the number of bytes pushed before it.
pub struct Ring {
    /// Its size is a power of two, and grows up to `capacity`.
    bytes: Box<[u8]>,
    capacity: usize,
    start: u64,
    end: u64,
}

impl Ring {
    /// Keeps at least `capacity` bytes: it is rounded up to a power of two. The memory is taken when it is needed: most
    /// programs print little, and filling 2 MiB with zeros was more than half of what opening a terminal took.
    pub fn new(capacity: usize) -> Self {
        let capacity = capacity.max(1).next_power_of_two();
        let bytes = vec![0; capacity.min(FIRST_BYTES)].into_boxed_slice();
        Self { bytes, capacity, start: 0, end: 0 }
    }

    /// How many bytes it can keep.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The offset of the first byte it still has.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The offset of the next byte to be pushed.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// How many bytes it has.
    pub fn len(&self) -> usize {
        self.index(self.end - self.start)
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Takes `new` in; the oldest bytes go.
    pub fn push(&mut self, new: &[u8]) {
        self.make_room(self.len().saturating_add(new.len()));
        let skipped = new.len().saturating_sub(self.capacity);
        self.end += new.len() as u64;
        let new = new.get(skipped..).unwrap_or_default();
        self.store(self.end - new.len() as u64, new);
        self.start = self.start.max(self.end.saturating_sub(self.capacity as u64));
    }

    /// Grows for `count` bytes, as far as it may.
    fn make_room(&mut self, count: usize) {
        let size = count.min(self.capacity).max(1).next_power_of_two();
        if size > self.bytes.len() {
            let (start, kept) = self.from(self.start, usize::MAX);
            let kept = kept.concat();
            self.bytes = vec![0; size].into_boxed_slice();
            self.store(start, &kept);
        }
    }

    /// Writes what has room, at the place of `offset`.
    fn store(&mut self, offset: u64, bytes: &[u8]) {
        let at = self.position(offset);
        let (first, second) = bytes.split_at(bytes.len().min(self.bytes.len() - at));
        for (target, source) in [(at, first), (0, second)] {
            if let Some(target) = self.bytes.get_mut(target..target + source.len()) {
                target.copy_from_slice(source);
            }
        }
    }

    /// What it has from `offset` on, at most `max` bytes, as two pieces; with the offset of the first of them, which is
    /// later than `offset` when that is gone.
    pub fn from(&self, offset: u64, max: usize) -> (u64, [&[u8]; 2]) {
        let offset = offset.clamp(self.start, self.end);
        let length = self.index(self.end - offset).min(max);
        let at = self.position(offset);
        let first = length.min(self.bytes.len() - at);
        let piece =
            |from: usize, length: usize| self.bytes.get(from..from + length).unwrap_or_default();
        (offset, [piece(at, first), piece(0, length - first)])
    }

    /// Forgets what it has. Offsets go on.
    pub fn clear(&mut self) {
        self.start = self.end;
    }

    fn position(&self, offset: u64) -> usize {
        self.index(offset & (self.bytes.len() as u64 - 1))
    }

    /// A count of kept bytes, which memory holds.
    fn index(&self, count: u64) -> usize {
        usize::try_from(count).unwrap_or(self.bytes.len())
    }
}

impl std::fmt::Debug for Ring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { start, end, .. } = self;
        f.debug_struct("Ring").field("start", start).field("end", end).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, Clone)]
    enum Step {
        Push(Vec<u8>),
        From(u64, usize),
        Clear,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => proptest::collection::vec(any::<u8>(), 0..100).prop_map(Step::Push),
            3 => (0u64..400, 0usize..100).prop_map(|(offset, max)| Step::From(offset, max)),
            1 => Just(Step::Clear),
        ]
    }

    proptest! {
        #![proptest_config(crate::property_config())]

        #[test]
        fn it_is_the_end_of_all_that_was_pushed(
            capacity in 0usize..70,
            steps in proptest::collection::vec(step(), 0..40),
        ) {
            let mut ring = Ring::new(capacity);
            let (mut all, mut cleared) = (Vec::new(), 0usize);
            prop_assert!(ring.capacity() >= capacity && ring.capacity().is_power_of_two());
            for step in steps {
                match step {
                    Step::Push(bytes) => {
                        all.extend_from_slice(&bytes);
                        ring.push(&bytes);
                    }
                    Step::Clear => {
                        cleared = all.len();
                        ring.clear();
                    }
                    Step::From(offset, max) => {
                        let kept = cleared.max(all.len().saturating_sub(ring.capacity()));
                        let at = usize::try_from(offset).unwrap().clamp(kept, all.len());
                        let expected = &all[at..(at + max).min(all.len())];
                        let (start, pieces) = ring.from(offset, max);
                        prop_assert_eq!((start, pieces.concat()), (at as u64, expected.to_vec()));
                        prop_assert_eq!(ring.len(), all.len() - kept);
                        prop_assert_eq!(ring.is_empty(), all.len() == kept);
                    }
                }
            }
        }
    }
}
