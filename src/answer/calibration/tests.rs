use super::*;

pub(crate) fn threshold(scope: Scope, cut: Option<f64>, confidence: f64) -> Threshold {
    Threshold {
        scope,
        budget: 0.05,
        finding: if cut.is_some() {
            Finding::Proven
        } else {
            Finding::TooThin
        },
        cut,
        confidence,
        questions: 200,
        answered: 100,
        wrong: 1,
        bound: 0.046,
    }
}

fn calibration(map: Map, thresholds: Vec<Threshold>) -> CalibrationFile {
    let quality = Quality {
        ece: 0.1,
        brier: 0.1,
        auroc: None,
    };
    CalibrationFile {
        form: FORM,
        made_at: "1970-01-01T00:00:00Z".into(),
        generation: "g".into(),
        kb: "k".into(),
        articles: 3,
        model: None,
        weights: "w".into(),
        sources: Vec::new(),
        left_out: Vec::new(),
        method: "platt".into(),
        seed: 1,
        folds: 5,
        maps: BTreeMap::from([(Sight::Spoken, map)]),
        thresholds,
        certificate: Certificate {
            questions: 0,
            right: 0,
            for_people: 0,
            before: quality,
            after: quality,
            bins: Vec::new(),
            risk: Vec::new(),
            steps: Vec::new(),
        },
    }
}

fn read(file: &CalibrationFile) -> Result<Calibration, String> {
    Calibration::parse(&serde_json::to_string(file).expect("it serializes"))
}

#[test]
fn a_curve_is_straight_between_its_points_and_rises_beyond_them() {
    let map = Map::Curve {
        points: vec![[0.0, 1.0], [2.0, 2.0]],
    };
    let mapped = [-1.0, 0.0, 1.0, 2.0, 4.0].map(|raw| map.logit(raw));
    assert_eq!(mapped, [0.0, 1.0, 1.5, 2.0, 4.0]);
}

#[test]
fn a_map_that_does_not_rise_is_refused() {
    let everything = vec![threshold(Scope::Everything, None, 0.9)];
    for map in [
        Map::Line {
            slope: 0.0,
            offset: 1.0,
        },
        Map::Curve { points: Vec::new() },
        Map::Curve {
            points: vec![[0.0, 1.0], [1.0, 1.0]],
        },
    ] {
        assert!(read(&calibration(map.clone(), everything.clone())).is_err(), "{map:?}");
    }
    assert!(read(&calibration(Map::IDENTITY, everything)).is_ok());
    assert!(read(&calibration(Map::IDENTITY, Vec::new())).is_err());
}

#[test]
fn a_proven_threshold_is_the_same_question_in_every_sight() {
    let map = Map::Line {
        slope: 0.5,
        offset: -1.0,
    };
    let file = calibration(map, vec![threshold(Scope::Everything, Some(2.0), 0.5)]);
    let calibration = read(&file).expect("a calibration");
    for (sight, expected) in [(Sight::Spoken, logistic(0.0)), (Sight::Lexical, logistic(2.0))] {
        assert!((calibration.threshold(sight, None) - expected).abs() < 1e-12);
        // Just above and just below the cut the confidence falls on the same side as the raw logit.
        let at = |raw: f64| calibration.confidence(sight, logistic(raw)) >= calibration.threshold(sight, None);
        assert!(at(2.001) && !at(1.999), "{sight:?}");
    }
}

#[test]
fn a_threshold_of_one_is_never_reached() {
    let map = Map::Line {
        slope: 3.0,
        offset: 10.0,
    };
    let mut nothing = threshold(Scope::Everything, None, 1.0);
    nothing.finding = Finding::NotKept;
    assert!(!nothing.answers(&map, LARGEST_LOGIT));
    let calibration = read(&calibration(map, vec![nothing])).expect("a calibration");
    assert!(calibration.confidence(Sight::Spoken, 1.0) < calibration.threshold(Sight::Spoken, None));
}

#[test]
fn without_a_proof_the_threshold_lies_above_every_wrong_answer_too() {
    let mut raised = threshold(Scope::Everything, Some(4.0), 0.95);
    raised.finding = Finding::TooThin;
    assert!(!raised.answers(&Map::IDENTITY, 3.9) && raised.answers(&Map::IDENTITY, 4.1));
    raised.cut = Some(1.0);
    assert!(!raised.answers(&Map::IDENTITY, 2.9) && raised.answers(&Map::IDENTITY, 3.0));
}

#[test]
fn the_logit_of_certainty_is_finite() {
    assert_eq!(
        [logit(0.0), logit(0.5), logit(1.0)],
        [-LARGEST_LOGIT, 0.0, LARGEST_LOGIT]
    );
}
