-- kind: contract since 0003
DROP TABLE note;
