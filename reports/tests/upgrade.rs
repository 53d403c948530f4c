//! Files of older versions of the schema are read as what they said then.

mod support;

use std::fs;

use reports::schema::{Results, SCHEMA_VERSION};
use serde_json::{Value, json};
use support::{cut, progression};

/// A file of version 1: what version 2 added is not in it, and what it no longer has is.
fn version_1(results: &Results) -> Value {
    let mut file = serde_json::to_value(results).unwrap();
    file["schema"] = json!(1);
    for (index, variant) in file["variants"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .enumerate()
    {
        let variant = variant.as_object_mut().unwrap();
        variant.remove("builtin");
        if index != 1 {
            variant.insert("value_bytes".to_owned(), json!(8));
        }
        let published = json!({"milliseconds": 86.0, "speedup": 1.93});
        variant.insert("published".to_owned(), published);
    }
    file["workloads"][0]["published"] =
        json!({"evaluator_ms": 165.66, "vm_ms": 75.63, "speedup": 2.19});
    file["experiment"]["baseline"] = json!({"evaluator": "tree", "vm": "stack+co+si"});
    file
}

#[test]
fn version_1_is_read_as_version_2() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results.json");
    fs::write(&path, version_1(&cut(progression(6), 3, 2)).to_string()).unwrap();
    let read = Results::read(&path).unwrap();
    assert_eq!(read.schema, SCHEMA_VERSION);
    // Only a built-in engine's values had a size.
    let builtin: Vec<_> = read.variants.iter().map(|it| it.builtin).collect();
    assert_eq!(builtin, [true, false, true]);
    let mut expected = cut(progression(6), 3, 2);
    expected.variants[1].builtin = false;
    for variant in [0, 2] {
        expected.variants[variant].value_bytes = Some(8);
    }
    assert_eq!(read, expected);

    // What is written again is of today's version, and the same.
    read.write(&path).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("\"schema\":2"), "{text}");
    assert_eq!(Results::read(&path).unwrap(), read);
}

#[test]
fn the_published_results_are_read() {
    let mut files = 0;
    let mut folders = vec![std::path::PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/published"
    ))];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.ends_with("results.json") {
                let results = Results::read(&path).unwrap();
                assert!(results.variants.iter().all(|it| it.builtin), "{path:?}");
                files += 1;
            }
        }
    }
    assert!(files >= 4, "{files}");
}

#[test]
fn a_version_that_is_not_known_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results.json");
    for version in [0, SCHEMA_VERSION + 1] {
        let mut file = version_1(&cut(progression(6), 3, 2));
        file["schema"] = json!(version);
        fs::write(&path, file.to_string()).unwrap();
        let error = Results::read(&path).unwrap_err().to_string();
        let wanted = format!("has schema version {version}; this program reads version 1 to 2");
        assert!(error.contains(&wanted), "{error}");
    }
}
