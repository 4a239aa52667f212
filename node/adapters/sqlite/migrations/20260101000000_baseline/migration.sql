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
CREATE UNIQUE INDEX `leaf_queue_ref` ON `leaf_queue` (`kind`,`ref`);--> statement-breakpoint
CREATE INDEX `jobs_ready` ON `jobs` (`run_at`,`id`) WHERE state = 'ready';--> statement-breakpoint
CREATE INDEX `jobs_key` ON `jobs` (`queue`,`key`,`id`) WHERE state = 'ready';--> statement-breakpoint
CREATE UNIQUE INDEX `jobs_dedupe` ON `jobs` (`queue`,`dedupe`) WHERE state = 'ready' and dedupe is not null;