//! A destination that sums changes, as receivers do that keep rates or cumulative totals.

use cloacina_exporter::encode::otlp::Chunk;
use cloacina_exporter::snapshot::NativeBuckets;

use super::model::{FINEST, Observed};
use super::read::{Found, Measured, native, points};

/// What arrived of one series.
#[derive(Debug, Clone, Default)]
pub struct Sums {
    number: f64,
    count: u64,
    sum: f64,
    classic: Vec<u64>,
    native: NativeBuckets,
}

impl Sums {
    pub fn empty() -> Self {
        Self { native: NativeBuckets { schema: FINEST, ..Default::default() }, ..Default::default() }
    }

    pub fn add(&mut self, point: &Measured) {
        match point {
            Measured::Number(value) => {
                assert!(*value >= 0.0);
                self.number += value;
            }
            Measured::Explicit(point) => {
                self.count += point.count;
                self.sum += point.sum.unwrap();
                self.classic.resize(point.bucket_counts.len(), 0);
                for (own, added) in self.classic.iter_mut().zip(&point.bucket_counts) {
                    *own += added;
                }
            }
            Measured::Exponential(point) => {
                self.count += point.count;
                self.sum += point.sum.unwrap();
                self.native.zero_count += point.zero_count;
                self.merge(point.scale as i8, native(point));
            }
        }
    }

    /// At the coarser resolution of the two.
    fn merge(&mut self, schema: i8, positive: Vec<(i32, u64)>) {
        let mut added = NativeBuckets { schema, positive, ..Default::default() };
        while self.native.schema > added.schema {
            self.native.coarsen();
        }
        while added.schema > self.native.schema {
            added.coarsen();
        }
        for (index, count) in added.positive {
            match self.native.positive.binary_search_by_key(&index, |(index, _)| *index) {
                Ok(place) => self.native.positive[place].1 += count,
                Err(place) => self.native.positive.insert(place, (index, count)),
            }
        }
    }

    #[track_caller]
    pub fn assert_are(&self, wanted: Observed, is_counter: bool, is_explicit: bool) {
        if is_counter {
            assert_eq!(self.number, wanted.sum());
            return;
        }
        assert_eq!((self.count, self.sum), (wanted.count(), wanted.sum()));
        if is_explicit {
            let counts: Vec<u64> = wanted.classic().into_iter().map(|(_, count)| count).collect();
            assert!(self.classic == counts || self.classic.is_empty() && wanted.count() == 0);
        } else {
            assert_eq!(self.native.positive, wanted.native(self.native.schema));
            assert_eq!(self.native.zero_count, wanted.0[0]);
        }
    }
}

/// The points of a chunk, by the index of their series.
pub fn by_series(chunk: &Chunk<'_>) -> Vec<(usize, Found)> {
    let all = points(std::slice::from_ref(chunk));
    all.into_iter().map(|((_, labels), found)| (labels["case"].parse().unwrap(), found)).collect()
}
