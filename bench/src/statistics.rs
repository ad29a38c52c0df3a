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

/// How often somebody is right who sees one value and says whether it is one of `one` or of `other`, where both are
/// as likely: 0.5 is chance. The threshold that they go by is the best one for the first halves; it is tried on
/// the second halves, since it would look better than it is on those that it was chosen from.
pub fn right_guesses(one: &[f64], other: &[f64]) -> Option<f64> {
    let (known_one, new_one) = one.split_at(one.len() / 2);
    let (known_other, new_other) = other.split_at(other.len() / 2);
    let guesses = |threshold, one, other| {
        let below = share_below(threshold, one)?;
        Some((below + 1.0 - share_below(threshold, other)?) / 2.0)
    };
    let best = known_one
        .iter()
        .chain(known_other)
        .filter_map(|&threshold| Some((threshold, guesses(threshold, known_one, known_other)? - 0.5)))
        .max_by(|(_, one), (_, other)| one.abs().total_cmp(&other.abs()));
    let (threshold, advantage) = best?;
    let right = guesses(threshold, new_one, new_other)?;
    Some(if advantage < 0.0 { 1.0 - right } else { right })
}

fn share_below(threshold: f64, values: &[f64]) -> Option<f64> {
    let below = values.iter().filter(|&&value| value <= threshold).count();
    (!values.is_empty()).then(|| below as f64 / values.len() as f64)
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

    #[test]
    fn values_that_lie_apart_are_always_told_apart_whichever_are_larger() {
        let (small, large) = ([1.0, 2.0, 1.5, 2.0], [8.0, 9.0, 8.0, 7.0]);
        assert_eq!(right_guesses(&small, &large), Some(1.0));
        assert_eq!(right_guesses(&large, &small), Some(1.0));
    }

    #[test]
    fn values_that_are_alike_are_told_apart_by_chance() {
        let alike: Vec<f64> = (0..1_000).map(|number| f64::from(number * 7_919 % 1_000)).collect();
        let others: Vec<f64> = (0..1_000).map(|number| f64::from(number * 6_007 % 1_000)).collect();
        let right = right_guesses(&alike, &others).unwrap();
        assert!((0.45..0.55).contains(&right), "{right}");
    }

    #[test]
    fn a_threshold_that_fits_the_first_half_alone_is_worth_nothing() {
        let (one, other) = ([1.0, 1.0, 5.0, 5.0], [2.0, 2.0, 5.0, 5.0]);
        assert_eq!(right_guesses(&one, &other), Some(0.5));
        assert_eq!(right_guesses(&[1.0], &other), None, "too few");
    }
}
