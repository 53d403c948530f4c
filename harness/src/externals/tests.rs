use super::*;

/// What is wrong with an engines file, in the current directory.
fn complaint(text: &str) -> String {
    let wire: WireEngines = match toml::from_str(text) {
        Ok(wire) => wire,
        Err(error) => return error.to_string(),
    };
    declared(wire.external, Path::new(""), None)
        .expect_err(text)
        .to_string()
}

#[test]
fn what_can_be_no_engine_is_refused() {
    for (text, what) in [
        ("name = 'x'\ncommand = []", "has no command"),
        ("name = 'x'\ncommand = ['']", "is empty"),
        ("name = ''\ncommand = ['y']", "is empty"),
        ("name = ' '\ncommand = ['y']", "is empty"),
        ("name = 'x,y'\ncommand = ['y']", "has a comma"),
        ("name = ' x'\ncommand = ['y']", "a space at an end"),
        ("name = \"b\\n2\"\ncommand = ['y']", "control character"),
        ("name = \"b\\u009b2\"\ncommand = ['y']", "control character"),
        ("name = 'x'\ncommand = [\"y\\t\"]", "control character"),
        (
            "name = 'x'\ncommand = ['y', \"\\u0000\"]",
            "control character",
        ),
        (
            "name = 'x'\ncommand = ['y']\nsummary = \"a\\nb\"",
            "summary",
        ),
        ("name = 'tree'\ncommand = ['y']", "the name of one of this"),
        (
            "name = 'stack/match'\ncommand = ['y']",
            "the name of one of",
        ),
        (
            "name = 'x'\ncommand = ['y']\nlable = 'z'",
            "unknown field `lable`",
        ),
        (
            "name = 'x'\ncommand = ['y']\n[[external]]\nname = 'x'\ncommand = ['z']",
            "engine x is there twice",
        ),
    ] {
        let complaint = complaint(&format!("[[external]]\n{text}"));
        assert!(complaint.contains(what), "{text}: {complaint}");
    }
    // With the line, and a mark under what is wrong.
    let complaint = complaint("[[external]]\nname = 'x'\ncommands = ['y']");
    assert!(complaint.contains("line 3"), "{complaint}");
    assert!(complaint.contains("^^^^^^^^"), "{complaint}");
}

#[test]
fn a_program_is_found_before_it_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let command = |program: &str| Command {
        words: vec![program.to_owned()],
        directory: Some(folder.path().to_owned()),
    };
    let complaint = |program: &str| command(program).program().unwrap_err().to_string();
    assert!(complaint("no-such-program").ends_with("is not on the PATH"));
    assert!(complaint("./worker").starts_with("there is no program ./worker in "));

    let worker = folder.path().join("worker");
    std::fs::write(&worker, "#!/bin/sh\n").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert!(complaint("./worker").ends_with("is not executable"));
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&worker, executable).unwrap();
        let found = command("./worker").program().unwrap();
        assert_eq!(
            found.canonicalize().unwrap(),
            worker.canonicalize().unwrap()
        );
        // Only what has a separator is looked for there.
        assert!(complaint("worker").ends_with("is not on the PATH"));
    }
    let lost = Command {
        words: vec!["sh".to_owned()],
        directory: Some(folder.path().join("lost")),
    };
    assert!(
        lost.program()
            .unwrap_err()
            .to_string()
            .contains("no directory")
    );
}

/// Where a command starts, as its file says or as is usual.
#[test]
fn a_command_starts_where_its_file_says() {
    let directory = |keys: &str, default: Option<&Path>| {
        let text = format!("[[external]]\nname = 'x'\ncommand = ['y']\n{keys}");
        let wire: WireEngines = toml::from_str(&text).unwrap();
        let mut declared = declared(wire.external, Path::new("files"), default).unwrap();
        match declared.remove(0).engine {
            Engine::External(command) => command.directory,
            Engine::Builtin(name) => panic!("{name}"),
        }
    };
    assert_eq!(directory("", None), None);
    let files = Path::new("files");
    assert_eq!(directory("", Some(files)), Some(files.to_owned()));
    assert_eq!(directory("cwd = 'lua'", None), Some(files.join("lua")));
    assert_eq!(directory("cwd = '/lua'", None), Some(PathBuf::from("/lua")));
}

#[cfg(unix)]
#[test]
fn a_folder_that_no_text_can_name_is_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let folder = Path::new(OsStr::from_bytes(b"lab\x9b"));
    let wire = "external = [{ name = 'x', command = ['y'] }]";
    let wire: WireEngines = toml::from_str(wire).unwrap();
    assert!(declared(wire.external.clone(), folder, None).is_ok());
    let error = declared(wire.external, folder, Some(folder)).unwrap_err();
    assert!(
        error.to_string().contains("start in lab\u{fffd}"),
        "{error}"
    );
}
