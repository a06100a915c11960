//! Every bound of every tool, in one table with its unit.

/// Makes the structs, their defaults and the table from one list, so that none of the three can lag behind.
macro_rules! limits {
    ($(
        $(#[$group_doc:meta])*
        $group:ident: $Group:ident {
            $($(#[doc = $doc:literal])+ $name:ident: $type:ty = $default:expr, $unit:literal;)+
        }
    )+) => {
        /// All bounds of the tools. [`Limits::default`] gives those of `docs/reference/tools.md`.
        #[derive(Debug, Clone, PartialEq, Eq, Default, serde::Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields, default)]
        pub struct Limits {
            $($(#[$group_doc])* pub $group: $Group,)+
        }

        $(
            $(#[$group_doc])*
            #[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
            #[serde(rename_all = "camelCase", deny_unknown_fields, default)]
            pub struct $Group {
                $($(#[doc = $doc])+ pub $name: $type,)+
            }

            impl Default for $Group {
                fn default() -> Self {
                    Self { $($name: $default,)+ }
                }
            }
        )+

        impl Limits {
            /// The rows of the table, in its order.
            pub fn table() -> Vec<Limit> {
                let limits = Self::default();
                vec![$($(Limit {
                    name: concat!(stringify!($group), ".", stringify!($name)),
                    default: limits.$group.$name.to_string(),
                    unit: $unit,
                    meaning: concat!($($doc),+),
                },)+)+]
            }
        }
    };
}

/// One row of [`Limits::table`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// `group.name`.
    pub name: &'static str,
    /// As a decimal number.
    pub default: String,
    /// What is counted.
    pub unit: &'static str,
    /// One sentence or two.
    pub meaning: &'static str,
}

/// 1 KiB in bytes.
const KIB: u64 = 1024;
/// 1 MiB in bytes.
const MIB: u64 = 1024 * KIB;
/// 1 GiB in bytes.
const GIB: u64 = 1024 * MIB;

limits! {
    /// Of files that are read whole or in part.
    read: ReadLimits {
        /// Lines given when the caller names no limit.
        lines: u64 = 2_000, "lines";
        /// Text given by one call, whatever the limit of lines.
        text_bytes: u64 = 50 * KIB, "bytes";
        /// What is kept of one line; the rest is cut off and said.
        line_characters: u64 = 2_000, "characters";
        /// Files up to this size are read to their end, so that their hash and number of lines are told. Of larger ones
        /// no more is read than what is given and what stands before it.
        whole_bytes: u64 = 64 * MIB, "bytes";
        /// Names given of a folder.
        entries: u64 = 2_000, "entries";
        /// The largest folder whose names are given.
        folder_entries: u64 = 1_000_000, "entries";
        /// Images and PDFs given whole, and bytes given by one call.
        media_bytes: u64 = 20 * MIB, "bytes";
    }
    /// Of files that are changed.
    edit: EditLimits {
        /// The largest file an edit, a patch or a change of lines takes.
        file_bytes: u64 = 64 * MIB, "bytes";
        /// Pairs of lines one edit compares by similarity; beyond it, only exact strategies go on.
        line_comparisons: u64 = 250_000, "comparisons";
        /// Work one edit spends on distances between lines, and once more on finding the nearest region.
        distance_steps: u64 = 1_000_000, "steps of 64 matrix cells";
        /// Places one edit replaces with `replaceAll`.
        places: u64 = 100_000, "places";
        /// Places named when there are several; the rest is counted.
        places_named: u64 = 50, "places";
        /// What an error shows of one line.
        shown_characters: u64 = 240, "characters";
        /// Edits of one multi-edit.
        edits: u64 = 1_000, "edits";
    }
    /// Of the differences that changes of files report.
    diff: DiffLimits {
        /// How long the smallest difference is sought; then a longer one is given.
        milliseconds: u64 = 200, "milliseconds";
        /// The longest difference given; what is left out is counted.
        bytes: u64 = 256 * KIB, "bytes";
    }
    /// Of patches.
    patch: PatchLimits {
        /// The largest patch.
        patch_bytes: u64 = 16 * MIB, "bytes";
        /// Comparisons of lines made to find the chunks of one hunk.
        comparisons: u64 = 200_000_000, "comparisons";
    }
    /// Of snapshots.
    snapshot: SnapshotLimits {
        /// The largest file that is copied before it is touched; of a larger one it is noted that it was not.
        file_bytes: u64 = 64 * MIB, "bytes";
        /// All copies together; beyond that the oldest snapshots go, and then nothing more is copied.
        store_bytes: u64 = 1024 * MIB, "bytes";
        /// Files noted in all snapshots together; beyond that the oldest snapshots go.
        files: u64 = 100_000, "files";
        /// Snapshots kept; beyond that the oldest go.
        snapshots: u64 = 1_000, "snapshots";
        /// The longest label; the rest is cut off.
        label_characters: u64 = 200, "characters";
        /// The largest text of which a difference is given; of larger ones the sizes are.
        diff_file_bytes: u64 = 4 * MIB, "bytes";
    }
    /// Of glob, grep, list and tree.
    search: SearchLimits {
        /// Paths given by one glob when the caller names no limit.
        paths: u64 = 100, "paths";
        /// Files given by one list when the caller names no limit.
        listed: u64 = 1_000, "paths";
        /// The largest limit of paths a caller may name.
        paths_max: u64 = 1_000_000, "paths";
        /// Matching lines given by one grep when the caller names no limit.
        matches: u64 = 100, "lines";
        /// Matching lines of one file that are given; further ones are counted.
        matches_per_file: u64 = 100, "lines";
        /// The largest limit of matching lines a caller may name.
        matches_max: u64 = 100_000, "lines";
        /// Lines of context on each side of a match.
        context_lines: u64 = 100, "lines";
        /// What is given of one line, around its first match.
        line_characters: u64 = 2_000, "characters";
        /// Text given by one grep, whatever the limit of matches.
        text_bytes: u64 = MIB, "bytes";
        /// Entries in ignored folders that are looked at to say how many matches they hold.
        ignored_entries: u64 = 20_000, "entries";
        /// Ignored files that are searched to say how many matches they hold.
        ignored_files: u64 = 2_000, "files";
        /// Content of ignored files that is searched to say how many matches they hold.
        ignored_bytes: u64 = 32 * MIB, "bytes";
        /// The longest line, and with `multiline` the largest file, that is searched; kept in memory while it is.
        line_bytes: u64 = 64 * MIB, "bytes";
        /// The longest pattern or glob.
        pattern_bytes: u64 = 64 * KIB, "bytes";
        /// Positive and negative globs of one call.
        globs: u64 = 1_000, "globs";
        /// A compiled pattern in memory.
        regex_bytes: u64 = 10 * MIB, "bytes";
        /// Entries of one folder shown in a tree; the others are counted.
        tree_folder_entries: u64 = 100, "entries";
        /// Entries shown in a tree when the caller names no limit.
        tree_entries: u64 = 1_000, "entries";
        /// Levels shown in a tree when the caller names no depth.
        tree_depth: u64 = 3, "levels";
    }
    /// Of the resident index.
    find: FindLimits {
        /// Paths given for one query when the caller names no limit.
        results: u64 = 20, "paths";
        /// The longest query.
        query_characters: u64 = 256, "characters";
    }
    /// Of commands.
    shell: ShellLimits {
        /// How long a command may run when the caller names no time.
        wall_seconds: u64 = 120, "seconds";
        /// The longest time a caller may give a command.
        wall_seconds_max: u64 = 24 * 60 * 60, "seconds";
        /// How long a command may print nothing when the caller names no time.
        idle_seconds: u64 = 600, "seconds";
        /// What is waited between asking a command to end and killing it.
        grace_milliseconds: u64 = 2_000, "milliseconds";
        /// How long the output of what a command left in the background is still taken after its end.
        drain_milliseconds: u64 = 200, "milliseconds";
        /// What is given of an output when the caller names no number.
        output_bytes: u64 = 50 * KIB, "bytes";
        /// The most a caller may ask for of an output.
        output_bytes_max: u64 = 16 * MIB, "bytes";
        /// What the file of a whole output may hold.
        spill_bytes: u64 = 256 * MIB, "bytes";
        /// Files of whole outputs that are kept.
        spill_files: u64 = 50, "files";
        /// How long such a file is kept.
        spill_days: u64 = 7, "days";
    }
    /// Of reading commands.
    shell_parse: ShellParseLimits {
        /// The longest command that is read. Linux takes no longer argument.
        script_bytes: u64 = 128 * KIB, "bytes";
        /// Commands listed; with more the script is uncertain.
        commands: u64 = 1_000, "commands";
        /// How deep constructs are followed; what lies deeper makes the script uncertain.
        depth: u64 = 100, "levels of the syntax tree";
        /// How deep scripts and wrappers inside one another are followed (`sh -c`, `sudo`, `xargs`).
        nesting: u64 = 8, "levels";
    }
    /// Of terminals.
    pty: PtyLimits {
        /// What is kept of a terminal's output.
        ring_bytes: u64 = 2 * MIB, "bytes";
        /// The parts in which a ring is replayed.
        part_bytes: u64 = 64 * KIB, "bytes";
        /// Output given to a consumer that has not said it took it; then reading pauses.
        window_bytes: u64 = MIB, "bytes";
        /// Input that waits for a program that does not read it.
        input_bytes: u64 = MIB, "bytes";
        /// Terminals open at once.
        terminals: u64 = 64, "terminals";
        /// What is waited between hanging up on a program and killing it.
        grace_milliseconds: u64 = 1_000, "milliseconds";
        /// How long output is still awaited after the end of a program whose terminal others hold open.
        drain_milliseconds: u64 = 200, "milliseconds";
    }
    /// Of watching.
    watch: WatchLimits {
        /// Folders watched at once by one watcher.
        folders: u64 = 500_000, "folders";
        /// Changes waiting to be told; with more of them a `rescan` is told instead.
        pending: u64 = 100_000, "changes";
        /// Changes given by one call of the tool when the caller names no limit.
        changes: u64 = 1_000, "changes";
        /// How long the tool waits when the caller names no time.
        wait_seconds: u64 = 10, "seconds";
    }
    /// Of git.
    vcs: VcsLimits {
        /// The text of one difference; what is beyond it is cut off and said.
        diff_bytes: u64 = MIB, "bytes";
        /// Files listed by one status; the others are counted.
        status_files: u64 = 10_000, "files";
        /// Commits listed by one log.
        log_commits: u64 = 50, "commits";
        /// Branches listed by one call.
        branches: u64 = 1_000, "branches";
        /// What is read of git's answer to one call; what is beyond it is cut off and said.
        answer_bytes: u64 = 64 * MIB, "bytes";
        /// What is kept of the messages of git and of hooks.
        message_bytes: u64 = 64 * KIB, "bytes";
        /// How long git may run where no hook does.
        command_seconds: u64 = 120, "seconds";
        /// How long git may run with the hooks of a commit or a switch.
        commit_seconds: u64 = 600, "seconds";
    }
    /// Of archives.
    archive: ArchiveLimits {
        /// Entries of one archive.
        entries: u64 = 100_000, "entries";
        /// One file in an archive.
        file_bytes: u64 = 2 * GIB, "bytes";
        /// All files of one archive together; of a tar archive its own headers included.
        total_bytes: u64 = 8 * GIB, "bytes";
        /// How many times its own size may come out of an archive.
        ratio: u64 = 200, "times";
        /// Up to here the ratio does not count: a few kilobytes of zeros are no bomb.
        ratio_from_bytes: u64 = 64 * MIB, "bytes";
        /// One name in an archive.
        name_bytes: u64 = 4 * KIB, "bytes";
        /// Folders on the way to an entry, itself included.
        depth: u64 = 100, "folders";
    }
    /// Of figures of the machine.
    system: SystemLimits {
        /// Children of this process listed by name; the others are counted.
        children: u64 = 100, "processes";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_has_a_name_of_its_own_a_unit_and_a_meaning() {
        let table = Limits::table();
        let mut names: Vec<_> = table.iter().map(|limit| limit.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), table.len());
        for limit in table {
            assert!(limit.meaning.trim().ends_with('.'), "{}: no sentence", limit.name);
            assert!(!limit.unit.is_empty() && limit.default != "0", "{}", limit.name);
        }
    }
}
