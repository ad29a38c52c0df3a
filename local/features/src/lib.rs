//! Nothing but dependencies: see `Cargo.toml`.

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, BTreeSet},
        process::Command,
    };

    /// Which features each crate is compiled with, as far as these packages want it. There may be several lists of one
    /// crate, since what procedural macros are made of is compiled by itself.
    fn features(packages: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
        let output = Command::new(env!("CARGO"))
            .args(["tree", "--locked", "--prefix", "none", "--format", "{p}|{f}"])
            .args(packages)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut features = BTreeMap::<String, BTreeSet<String>>::new();
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            if let Some((package, list)) = line.trim_end_matches(" (*)").split_once('|') {
                features.entry(package.to_owned()).or_default().insert(list.to_owned());
            }
        }
        features
    }

    #[test]
    fn what_runs_on_a_developers_machine_is_compiled_of_the_same_crates_as_the_tests() {
        let of_tests = features(&["--workspace", "--edges", "normal,build,dev"]);
        for runs in ["local", "scripted-stack"] {
            for (package, features) in features(&["--package", runs, "--edges", "normal,build"]) {
                let wanted = &of_tests[&package];
                assert!(
                    features.is_subset(wanted),
                    "tests want {package} with {wanted:?}, and {runs} has it with {features:?}: \
                     say so in local/features/Cargo.toml"
                );
            }
        }
    }
}
