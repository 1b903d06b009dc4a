-- kind: contract since plus2
DROP TABLE remark;
