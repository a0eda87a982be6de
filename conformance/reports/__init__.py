"""The report in the formats that people and machines read; each module turns reports into text and nothing else."""
