BEGIN TRANSACTION;
CREATE TABLE comparisons (
	id VARCHAR NOT NULL, 
	label VARCHAR NOT NULL, 
	who VARCHAR NOT NULL, 
	created DOUBLE NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "comparisons" VALUES('cccccccccccccccc','both','Asha',1700000000.0);
CREATE TABLE points (
	id INTEGER NOT NULL, 
	run VARCHAR NOT NULL, 
	seconds DOUBLE NOT NULL, 
	incumbent DOUBLE, 
	bound DOUBLE, 
	gap DOUBLE, 
	PRIMARY KEY (id), 
	FOREIGN KEY(run) REFERENCES runs (id) ON DELETE CASCADE
);
INSERT INTO "points" VALUES(1,'dddddddddddddddd',1.0,5.0,4.0,0.2);
CREATE TABLE runs (
	id VARCHAR NOT NULL, 
	scenario VARCHAR NOT NULL, 
	comparison VARCHAR, 
	base VARCHAR, 
	strategy VARCHAR, 
	options JSON NOT NULL, 
	label VARCHAR NOT NULL, 
	who VARCHAR NOT NULL, 
	created DOUBLE NOT NULL, 
	started DOUBLE, 
	ended DOUBLE, 
	state VARCHAR NOT NULL, 
	cancel BOOLEAN NOT NULL, 
	stage VARCHAR NOT NULL, 
	seconds DOUBLE NOT NULL, 
	incumbent DOUBLE, 
	bound DOUBLE, 
	gap DOUBLE, 
	status VARCHAR NOT NULL, 
	message VARCHAR NOT NULL, 
	figures JSON NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(scenario) REFERENCES scenarios (id) ON DELETE CASCADE
);
INSERT INTO "runs" VALUES('dddddddddddddddd','aaaaaaaaaaaaaaaa','cccccccccccccccc',NULL,NULL,'{"gap": 0.0001, "time_limit": null, "why": false}','spring','Asha',1700000000.0,1700000000.0,1700000008.0,'done',0,'',0.0,NULL,NULL,NULL,'','','{"expected_cost": 5.0}');
INSERT INTO "runs" VALUES('eeeeeeeeeeeeeeee','aaaaaaaaaaaaaaaa',NULL,NULL,NULL,'{}','waits','',1700000009.0,NULL,NULL,'waiting',0,'',0.0,NULL,NULL,NULL,'','','{}');
CREATE TABLE scenarios (
	id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	who VARCHAR NOT NULL, 
	created DOUBLE NOT NULL, 
	state VARCHAR NOT NULL, 
	version VARCHAR NOT NULL, 
	bundled VARCHAR, 
	parent VARCHAR, 
	strategy VARCHAR, 
	changes JSON NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	currency VARCHAR NOT NULL, 
	strategies JSON NOT NULL, 
	problems INTEGER NOT NULL, 
	warnings INTEGER NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "scenarios" VALUES('aaaaaaaaaaaaaaaa','annotated.xlsx','Old','Asha',1700000000.0,'good','0.1.0',NULL,NULL,NULL,'[]','','','["no-china"]',0,0);
INSERT INTO "scenarios" VALUES('bbbbbbbbbbbbbbbb','e3w-maker.xlsx','Bundled','',1700000000.0,'good','0.1.0','e3w-maker',NULL,NULL,'[]','','','[]',0,0);
CREATE INDEX ix_scenarios_created ON scenarios (created);
CREATE INDEX ix_scenarios_state ON scenarios (state);
CREATE INDEX ix_comparisons_created ON comparisons (created);
CREATE INDEX ix_runs_comparison ON runs (comparison);
CREATE INDEX ix_runs_created ON runs (created);
CREATE INDEX ix_runs_scenario ON runs (scenario);
CREATE INDEX ix_runs_state ON runs (state);
CREATE INDEX ix_points_run ON points (run);
COMMIT;
