//! Medians, their spread, and ratios of them.

/// What a figure's repeated measurement came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// The middle one: a run that the machine disturbed does not move it.
    pub median: f64,
    /// Half of the measurements lie within this range: the quartiles.
    pub quartiles: (f64, f64),
}

impl Summary {
    /// The summary of `values`, or `None` where nothing was measured.
    pub fn of(values: &[f64]) -> Option<Self> {
        let [low, median, high] = [0.25, 0.5, 0.75].map(|share| quantile(values, share));
        Some(Self { median: median?, quartiles: (low?, high?) })
    }
}

/// The value below which `share` of `values` lie, between its two neighbours where it falls there.
pub fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let position = share * (sorted.len().checked_sub(1)? as f64);
    let (below, above) = (sorted.get(position.floor() as usize)?, sorted.get(position.ceil() as usize)?);
    Some(below + (above - below) * position.fract())
}

/// How many times `reference` fits into `value`; `None` where there is nothing to compare with.
pub fn ratio(value: f64, reference: f64) -> Option<f64> {
    (reference > 0.0).then(|| value / reference)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle_one_whatever_the_order() {
        assert_eq!(quantile(&[9.0, 1.0, 2.0], 0.5), Some(2.0));
        assert_eq!(quantile(&[4.0, 1.0, 2.0, 3.0], 0.5), Some(2.5));
    }

    #[test]
    fn nothing_measured_has_no_median() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(Summary::of(&[]), None);
    }

    #[test]
    fn the_spread_is_the_middle_half() {
        let summary = Summary::of(&[1.0, 2.0, 3.0, 4.0, 100.0]);
        assert_eq!(summary, Some(Summary { median: 3.0, quartiles: (2.0, 4.0) }));
    }

    #[test]
    fn there_is_no_ratio_to_nothing() {
        assert_eq!(ratio(3.0, 2.0), Some(1.5));
        assert_eq!(ratio(3.0, 0.0), None);
    }
}
