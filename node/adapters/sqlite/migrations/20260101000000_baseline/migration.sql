CREATE TABLE `copies` (
	`id` text PRIMARY KEY,
	`transfer_id` text NOT NULL UNIQUE,
	`agreement_id` text NOT NULL,
	`manifest_id` text,
	`state` text NOT NULL,
	`revision` integer NOT NULL,
	`record` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `dataset_objects` (
	`sha256` text NOT NULL,
	`dataset_id` text NOT NULL,
	`size` integer NOT NULL,
	`media_type` text NOT NULL,
	CONSTRAINT `fk_dataset_objects_dataset_id_datasets_id_fk` FOREIGN KEY (`dataset_id`) REFERENCES `datasets`(`id`)
);
--> statement-breakpoint
CREATE TABLE `dataset_offers` (
	`offer_id` text NOT NULL,
	`dataset_id` text NOT NULL,
	CONSTRAINT `dataset_offers_pk` PRIMARY KEY(`offer_id`, `dataset_id`),
	CONSTRAINT `fk_dataset_offers_dataset_id_datasets_id_fk` FOREIGN KEY (`dataset_id`) REFERENCES `datasets`(`id`)
);
--> statement-breakpoint
CREATE TABLE `dataset_statements` (
	`id` text PRIMARY KEY,
	`kind` text NOT NULL,
	`dataset_id` text NOT NULL,
	`manifest_id` text NOT NULL,
	`envelope` text NOT NULL,
	CONSTRAINT `fk_dataset_statements_dataset_id_datasets_id_fk` FOREIGN KEY (`dataset_id`) REFERENCES `datasets`(`id`)
);
--> statement-breakpoint
CREATE TABLE `datasets` (
	`id` text PRIMARY KEY,
	`name` text NOT NULL,
	`version` text NOT NULL,
	`state` text NOT NULL,
	`revision` integer NOT NULL,
	`record` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
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
CREATE TABLE `persona_packs` (
	`id` text PRIMARY KEY,
	`name` text NOT NULL,
	`state` text NOT NULL,
	`pack` text NOT NULL,
	`created_at` integer NOT NULL,
	`erased_at` integer
);
--> statement-breakpoint
CREATE TABLE `run_seed_sets` (
	`seed_set_id` text NOT NULL,
	`run_id` text NOT NULL,
	CONSTRAINT `run_seed_sets_pk` PRIMARY KEY(`seed_set_id`, `run_id`),
	CONSTRAINT `fk_run_seed_sets_seed_set_id_seed_sets_id_fk` FOREIGN KEY (`seed_set_id`) REFERENCES `seed_sets`(`id`),
	CONSTRAINT `fk_run_seed_sets_run_id_runs_id_fk` FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`)
);
--> statement-breakpoint
CREATE TABLE `runs` (
	`id` text PRIMARY KEY,
	`state` text NOT NULL,
	`version` integer NOT NULL,
	`run` text NOT NULL,
	`created_at` integer NOT NULL
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
CREATE TABLE `governance_documents` (
	`kind` text NOT NULL,
	`authority` text NOT NULL,
	`sequence` integer NOT NULL,
	`text` text NOT NULL,
	`stored_at` integer NOT NULL,
	CONSTRAINT `governance_documents_pk` PRIMARY KEY(`kind`, `authority`, `sequence`)
);
--> statement-breakpoint
CREATE TABLE `invitations` (
	`code_hash` text PRIMARY KEY,
	`name` text NOT NULL,
	`did` text,
	`expires_at` integer NOT NULL,
	`used_by` text,
	`used_at` integer,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `issuances` (
	`issuer_pid` text PRIMARY KEY,
	`holder_pid` text NOT NULL,
	`holder` text NOT NULL,
	`token` text NOT NULL,
	`status_index` integer,
	`valid_until` integer NOT NULL,
	`revoked_at` integer,
	`state` text NOT NULL,
	`echo` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `members` (
	`did` text PRIMARY KEY,
	`name` text NOT NULL,
	`state` text NOT NULL,
	`since` integer NOT NULL,
	`revoked_at` integer,
	`reason` text
);
--> statement-breakpoint
CREATE TABLE `spaces` (
	`id` integer PRIMARY KEY,
	`role` text NOT NULL,
	`authority` text NOT NULL,
	`name` text NOT NULL,
	`since` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `access_grants` (
	`hash` text PRIMARY KEY,
	`verifier` text NOT NULL,
	`scopes` text NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `credential_requests` (
	`holder_pid` text PRIMARY KEY,
	`issuer` text NOT NULL,
	`type` text NOT NULL,
	`format` text NOT NULL,
	`state` text NOT NULL,
	`delivery` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `held_credentials` (
	`id` text PRIMARY KEY,
	`holder_pid` text NOT NULL,
	`type` text NOT NULL,
	`issuer` text NOT NULL,
	`token` text NOT NULL,
	`valid_from` integer NOT NULL,
	`valid_until` integer NOT NULL,
	CONSTRAINT `fk_held_credentials_holder_pid_credential_requests_holder_pid_fk` FOREIGN KEY (`holder_pid`) REFERENCES `credential_requests`(`holder_pid`)
);
--> statement-breakpoint
CREATE TABLE `used_tokens` (
	`issuer` text NOT NULL,
	`token_id` text NOT NULL,
	`expires_at` integer NOT NULL,
	CONSTRAINT `used_tokens_pk` PRIMARY KEY(`issuer`, `token_id`)
);
--> statement-breakpoint
CREATE TABLE `exchange_secrets` (
	`exchange_id` text PRIMARY KEY,
	`sealed` blob NOT NULL
);
--> statement-breakpoint
CREATE TABLE `leaf_queue` (
	`id` integer PRIMARY KEY AUTOINCREMENT,
	`kind` text NOT NULL,
	`ref` text NOT NULL,
	`bytes` blob NOT NULL,
	`queued_at` integer NOT NULL,
	`position` integer
);
--> statement-breakpoint
CREATE TABLE `ledger_heads` (
	`size` integer PRIMARY KEY,
	`root` text NOT NULL,
	`checkpoint` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `ledger_stage` (
	`path` text PRIMARY KEY,
	`bytes` blob NOT NULL
);
--> statement-breakpoint
CREATE TABLE `party_documents` (
	`did` text NOT NULL,
	`document` text NOT NULL,
	`retrieved_at` integer NOT NULL,
	CONSTRAINT `party_documents_pk` PRIMARY KEY(`did`, `document`)
);
--> statement-breakpoint
CREATE TABLE `receipt_proofs` (
	`receipt_id` text NOT NULL,
	`log` text NOT NULL,
	`proof` text NOT NULL,
	CONSTRAINT `receipt_proofs_pk` PRIMARY KEY(`receipt_id`, `log`)
);
--> statement-breakpoint
CREATE TABLE `receipts` (
	`id` text PRIMARY KEY,
	`exchange_id` text NOT NULL,
	`seq` integer NOT NULL,
	`type` text NOT NULL,
	`state` text NOT NULL,
	`counterpart` text NOT NULL,
	`proposer` text NOT NULL,
	`pair_seq` integer NOT NULL,
	`nonce` text NOT NULL,
	`facts_key` text NOT NULL,
	`envelope` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `receipts_pending` (
	`counterpart` text PRIMARY KEY,
	`id` text NOT NULL,
	`exchange_id` text NOT NULL,
	`seq` integer NOT NULL,
	`facts_key` text NOT NULL,
	`envelope` text NOT NULL,
	`proofs` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `agreements` (
	`id` text NOT NULL,
	`role` text NOT NULL,
	`dataset_id` text NOT NULL,
	`record` text NOT NULL,
	`finalized_at` integer NOT NULL,
	CONSTRAINT `agreements_pk` PRIMARY KEY(`id`, `role`)
);
--> statement-breakpoint
CREATE TABLE `negotiations` (
	`pid` text PRIMARY KEY,
	`role` text NOT NULL,
	`peer` text NOT NULL,
	`peer_pid` text,
	`state` text NOT NULL,
	`agreement_id` text,
	`version` integer NOT NULL,
	`process` text NOT NULL,
	`updated_at` integer NOT NULL
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
CREATE TABLE `pushed_files` (
	`transfer_id` text NOT NULL,
	`name` text NOT NULL,
	`file` text NOT NULL,
	CONSTRAINT `pushed_files_pk` PRIMARY KEY(`transfer_id`, `name`)
);
--> statement-breakpoint
CREATE TABLE `transfers` (
	`pid` text PRIMARY KEY,
	`role` text NOT NULL,
	`peer` text NOT NULL,
	`peer_pid` text,
	`agreement_id` text NOT NULL,
	`state` text NOT NULL,
	`use` integer,
	`token_sha256` text,
	`token_expires_at` integer,
	`sealed_sink` blob,
	`version` integer NOT NULL,
	`process` text NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `copies_agreement` ON `copies` (`agreement_id`);--> statement-breakpoint
CREATE INDEX `copies_manifest` ON `copies` (`manifest_id`);--> statement-breakpoint
CREATE INDEX `copies_created` ON `copies` (`created_at`);--> statement-breakpoint
CREATE UNIQUE INDEX `dataset_objects_digest` ON `dataset_objects` (`sha256`,`dataset_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `dataset_statements_manifest` ON `dataset_statements` (`manifest_id`,`kind`);--> statement-breakpoint
CREATE UNIQUE INDEX `datasets_name_version` ON `datasets` (`name`,`version`);--> statement-breakpoint
CREATE INDEX `datasets_catalog` ON `datasets` (`state`,`created_at`,`id`,`revision`);--> statement-breakpoint
CREATE INDEX `datasets_created` ON `datasets` (`created_at`);--> statement-breakpoint
CREATE INDEX `budget_entries_seed_set` ON `budget_entries` (`seed_set_id`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `persona_packs_name` ON `persona_packs` (`name`) WHERE state = 'kept';--> statement-breakpoint
CREATE INDEX `persona_packs_created` ON `persona_packs` (`created_at`);--> statement-breakpoint
CREATE INDEX `runs_created` ON `runs` (`created_at`);--> statement-breakpoint
CREATE UNIQUE INDEX `seed_sets_name` ON `seed_sets` (`name`) WHERE state = 'imported';--> statement-breakpoint
CREATE INDEX `seed_sets_created` ON `seed_sets` (`created_at`);--> statement-breakpoint
CREATE UNIQUE INDEX `issuances_holder_pid` ON `issuances` (`holder`,`holder_pid`);--> statement-breakpoint
CREATE UNIQUE INDEX `issuances_status_index` ON `issuances` (`status_index`) WHERE status_index is not null;--> statement-breakpoint
CREATE INDEX `issuances_expiry` ON `issuances` (`valid_until`);--> statement-breakpoint
CREATE INDEX `access_grants_expiry` ON `access_grants` (`expires_at`);--> statement-breakpoint
CREATE INDEX `held_credentials_expiry` ON `held_credentials` (`valid_until`);--> statement-breakpoint
CREATE INDEX `used_tokens_expiry` ON `used_tokens` (`expires_at`);--> statement-breakpoint
CREATE UNIQUE INDEX `leaf_queue_ref` ON `leaf_queue` (`kind`,`ref`);--> statement-breakpoint
CREATE UNIQUE INDEX `leaf_queue_position` ON `leaf_queue` (`position`);--> statement-breakpoint
CREATE INDEX `leaf_queue_waiting` ON `leaf_queue` (`id`) WHERE position is null;--> statement-breakpoint
CREATE UNIQUE INDEX `receipts_exchange` ON `receipts` (`exchange_id`,`seq`) WHERE state <> 'refused';--> statement-breakpoint
CREATE UNIQUE INDEX `receipts_pair` ON `receipts` (`counterpart`,`proposer`,`pair_seq`) WHERE state <> 'refused';--> statement-breakpoint
CREATE UNIQUE INDEX `receipts_nonce` ON `receipts` (`nonce`);--> statement-breakpoint
CREATE UNIQUE INDEX `receipts_facts` ON `receipts` (`facts_key`);--> statement-breakpoint
CREATE INDEX `receipts_at` ON `receipts` (`at`);--> statement-breakpoint
CREATE INDEX `agreements_dataset` ON `agreements` (`dataset_id`);--> statement-breakpoint
CREATE INDEX `agreements_finalized` ON `agreements` (`finalized_at`);--> statement-breakpoint
CREATE INDEX `negotiations_of_peer` ON `negotiations` (`peer`,`peer_pid`);--> statement-breakpoint
CREATE INDEX `negotiations_answerable` ON `negotiations` (`updated_at`) WHERE state in ('REQUESTED', 'OFFERED');--> statement-breakpoint
CREATE INDEX `negotiations_agreement` ON `negotiations` (`agreement_id`);--> statement-breakpoint
CREATE INDEX `negotiations_updated` ON `negotiations` (`updated_at`);--> statement-breakpoint
CREATE INDEX `jobs_ready` ON `jobs` (`run_at`,`id`) WHERE state = 'ready';--> statement-breakpoint
CREATE INDEX `jobs_key` ON `jobs` (`queue`,`key`,`id`) WHERE state = 'ready';--> statement-breakpoint
CREATE UNIQUE INDEX `jobs_dedupe` ON `jobs` (`queue`,`dedupe`) WHERE state = 'ready' and dedupe is not null;--> statement-breakpoint
CREATE UNIQUE INDEX `transfers_of_consumer` ON `transfers` (`peer`,`peer_pid`) WHERE role = 'provider';--> statement-breakpoint
CREATE INDEX `transfers_agreement` ON `transfers` (`agreement_id`);--> statement-breakpoint
CREATE INDEX `transfers_updated` ON `transfers` (`updated_at`);