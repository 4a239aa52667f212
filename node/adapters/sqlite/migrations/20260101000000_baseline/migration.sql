CREATE TABLE `evaluations` (
	`dataset_id` text PRIMARY KEY,
	`attempts` integer NOT NULL,
	`report_path` text,
	`evaluated_at` integer
);
--> statement-breakpoint
CREATE TABLE `budget_entries` (
	`id` integer PRIMARY KEY AUTOINCREMENT,
	`seed_set_id` text NOT NULL,
	`run_id` text NOT NULL UNIQUE,
	`recipe` text NOT NULL,
	`epsilon` text NOT NULL,
	`delta` text NOT NULL,
	`rho` text NOT NULL,
	`at` integer NOT NULL,
	CONSTRAINT `fk_budget_entries_seed_set_id_seed_sets_id_fk` FOREIGN KEY (`seed_set_id`) REFERENCES `seed_sets`(`id`)
);
--> statement-breakpoint
CREATE TABLE `runs` (
	`id` text PRIMARY KEY,
	`seed_set_id` text NOT NULL,
	`state` text NOT NULL,
	`version` integer NOT NULL,
	`run` text NOT NULL,
	`created_at` integer NOT NULL,
	CONSTRAINT `fk_runs_seed_set_id_seed_sets_id_fk` FOREIGN KEY (`seed_set_id`) REFERENCES `seed_sets`(`id`)
);
--> statement-breakpoint
CREATE TABLE `seed_sets` (
	`id` text PRIMARY KEY,
	`name` text NOT NULL,
	`state` text NOT NULL,
	`format` text NOT NULL,
	`details_version` integer NOT NULL,
	`commitment` text NOT NULL,
	`cap` text NOT NULL,
	`created_at` integer NOT NULL,
	`erased_at` integer
);
--> statement-breakpoint
CREATE TABLE `leaf_queue` (
	`id` integer PRIMARY KEY AUTOINCREMENT,
	`kind` text NOT NULL,
	`ref` text NOT NULL,
	`bytes` blob NOT NULL,
	`queued_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `jobs` (
	`id` integer PRIMARY KEY AUTOINCREMENT,
	`queue` text NOT NULL,
	`key` text NOT NULL,
	`payload` text NOT NULL,
	`dedupe` text,
	`state` text NOT NULL,
	`run_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`attempts` integer NOT NULL,
	`error` text,
	`failed_at` integer
);
--> statement-breakpoint
CREATE INDEX `budget_entries_seed_set` ON `budget_entries` (`seed_set_id`,`id`);--> statement-breakpoint
CREATE INDEX `runs_created` ON `runs` (`created_at`);--> statement-breakpoint
CREATE INDEX `runs_seed_set` ON `runs` (`seed_set_id`,`created_at`);--> statement-breakpoint
CREATE UNIQUE INDEX `seed_sets_name` ON `seed_sets` (`name`) WHERE state = 'imported';--> statement-breakpoint
CREATE INDEX `seed_sets_created` ON `seed_sets` (`created_at`);--> statement-breakpoint
CREATE UNIQUE INDEX `leaf_queue_ref` ON `leaf_queue` (`kind`,`ref`);--> statement-breakpoint
CREATE INDEX `jobs_ready` ON `jobs` (`run_at`,`id`) WHERE state = 'ready';--> statement-breakpoint
CREATE INDEX `jobs_key` ON `jobs` (`queue`,`key`,`id`) WHERE state = 'ready';--> statement-breakpoint
CREATE UNIQUE INDEX `jobs_dedupe` ON `jobs` (`queue`,`dedupe`) WHERE state = 'ready' and dedupe is not null;