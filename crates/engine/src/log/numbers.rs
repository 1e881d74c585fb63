//! Columns in which most rows may say nothing.

use core::ops::Index;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::NONE;

/// A column of numbers that may be [`NONE`]. While all of them are, they take no memory and nobody reads any: a program
/// without coupons does not pay for the coupons of a million touches.
#[derive(Debug, Clone, Default)]
pub struct Numbers {
    len: usize,
    /// Empty while all are [`NONE`].
    told: Vec<u32>,
}

impl Numbers {
    /// So many times [`NONE`].
    #[must_use]
    pub const fn none(len: usize) -> Self {
        Self { len, told: Vec::new() }
    }

    /// Adds a number.
    #[inline]
    pub fn push(&mut self, number: u32) {
        self.len += 1;
        if number != NONE || !self.told.is_empty() {
            self.told.resize(self.len - 1, NONE);
            self.told.push(number);
        }
    }

    /// How many rows.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no row.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The numbers of all rows; `None` where all are [`NONE`].
    #[must_use]
    pub fn told(&self) -> Option<&[u32]> {
        (!self.told.is_empty()).then_some(&self.told)
    }

    /// The number of each row.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        (0..self.len).map(|i| self[i])
    }

    /// Replaces the number of a row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn set(&mut self, row: usize, number: u32) {
        self.told.resize(self.len, NONE);
        self.told[row] = number;
    }

    /// Replaces every number.
    pub fn replace(&mut self, with: impl Fn(u32) -> u32) {
        *self = self.iter().map(with).collect();
    }
}

impl Index<usize> for Numbers {
    type Output = u32;

    /// The number of a row. Past the last there is [`NONE`]. Loops over millions of rows ask [`Numbers::told`] once instead:
    /// written out at every place that reads a row, this would take kilobytes of a browser's download.
    #[inline(never)]
    fn index(&self, row: usize) -> &u32 {
        self.told.get(row).unwrap_or(&NONE)
    }
}

impl From<Vec<u32>> for Numbers {
    fn from(told: Vec<u32>) -> Self {
        let len = told.len();
        let is_told = told.iter().any(|number| *number != NONE);
        Self { len, told: if is_told { told } else { Vec::new() } }
    }
}

impl FromIterator<u32> for Numbers {
    fn from_iter<T: IntoIterator<Item = u32>>(numbers: T) -> Self {
        numbers.into_iter().collect::<Vec<_>>().into()
    }
}

impl PartialEq for Numbers {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl Eq for Numbers {}

impl Serialize for Numbers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, option, prelude::*};

    proptest! {
        /// A column says what was put into it, however it came there, and takes memory only once it says something.
        #[test]
        fn a_column_is_its_numbers(numbers in vec(option::weighted(0.1, 0..9u32), 0..9)) {
            let numbers: Vec<u32> = numbers.into_iter().map(|number| number.unwrap_or(NONE)).collect();
            let mut pushed = Numbers::default();
            let mut put = Numbers::none(numbers.len());
            for (row, number) in numbers.iter().enumerate() {
                pushed.push(*number);
                put.set(row, *number);
            }
            let whole = Numbers::from(numbers.clone());
            prop_assert_eq!(&pushed, &whole);
            prop_assert_eq!(&put, &whole);
            prop_assert_eq!(whole.iter().collect::<Vec<_>>(), numbers.clone());
            prop_assert_eq!(pushed.told().is_some(), numbers.iter().any(|number| *number != NONE));
            prop_assert_eq!(whole.len(), numbers.len());
        }
    }
}
